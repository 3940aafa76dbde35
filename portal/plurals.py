"""How a number reads together with what it counts."""


def counted(count: int, one: str, many: str = "") -> str:
    """`1 order`, `1,180 orders`; `many` where it takes more than an s: `1 push is`, `3 pushes are`."""
    return f"{count:,} {one if count == 1 else many or f'{one}s'}"
