"""A no to what a person asked for, in a sentence they can act on."""


class Refused(Exception):
    """What was asked for is not possible now; `sentence` is shown as it stands, beside `field` if any."""

    def __init__(self, sentence: str, field: str | None = None) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.field = field
