"""Tax by place: certificates with their expiry, reasons by Intuit's Ids, provinces however they are spelled."""

import pycountry
import sqlalchemy as sa
from alembic import op

revision = "places"
down_revision = "exchange_rates"
branch_labels = None
depends_on = None

ALL = {"unscoped": "a migration"}  # of every organization
STATUSES = ("default", "zero_rated", "exempt", "provincial_exempt")
REASONS = {
    "federal government": "1",
    "state government": "2",
    "local government": "3",
    "tribal government": "4",
    "charitable organization": "5",
    "religious organization": "6",
    "educational organization": "7",
    "hospital": "8",
    "resale": "9",
    "direct pay permit": "10",
    "multiple points of use": "11",
    "direct mail": "12",
    "agricultural production": "13",
    "industrial production or manufacturing": "14",
    "foreign diplomat": "15",
}


# Abbreviations, without points and blanks; in capitals and cut at ten letters, as choices kept what was no code.
ABBREVIATED = {
    "CA": "ALTA=AB BRITCOL=BC CB=BC MAN=MB NF=NL NFLD=NL LABRADOR=NL NWT=NT NVT=NU NUN=NU ONT=ON PEI=PE IPE=PE "
    "ÎPÉ=PE PQ=QC QUE=QC QUÉ=QC SASK=SK YUK=YT",
    "US": "ALA=AL ARIZ=AZ ARK=AR CAL=CA CALIF=CA COLO=CO CONN=CT DEL=DE FLA=FL ILL=IL IND=IN KAN=KS KANS=KS "
    "MASS=MA MICH=MI MINN=MN MISS=MS MONT=MT NEB=NE NEBR=NE NEV=NV NMEX=NM NDAK=ND OKLA=OK ORE=OR OREG=OR "
    "PENN=PA PENNA=PA SDAK=SD TENN=TN TEX=TX WASH=WA WVA=WV WIS=WI WISC=WI WYO=WY",
}


def upgrade() -> None:
    op.create_table(
        "provincial_registration",
        sa.Column("organization_id", sa.Uuid(), nullable=False),
        sa.Column("province", sa.String(length=2), nullable=False),
        sa.Column("registered", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["organization_id"],
            ["organization.id"],
            name=op.f("fk_provincial_registration_organization_id_organization"),
        ),
        sa.PrimaryKeyConstraint("organization_id", "province", name=op.f("pk_provincial_registration")),
    )
    op.add_column(
        "location", sa.Column("exemption_reason_id", sa.String(2), nullable=False, server_default="")
    )
    op.add_column("location", sa.Column("certificate", sa.String(40), nullable=False, server_default=""))
    op.add_column("location", sa.Column("certificate_expires", sa.Date(), nullable=True))
    op.add_column("order", sa.Column("exemption_reason_id", sa.String(2), nullable=True))
    op.add_column("order", sa.Column("certificate", sa.String(40), nullable=True))
    op.add_column("order", sa.Column("certificate_expires", sa.Date(), nullable=True))
    _allow(STATUSES)
    _name_reasons()
    with op.batch_alter_table("mapping") as table:
        table.alter_column(
            "province", existing_type=sa.String(10), type_=sa.String(40), existing_nullable=False
        )
    _spell_provinces()
    _call_uncompared()


def downgrade() -> None:
    """What only knows more statuses is taxed in full again, never less."""
    mapping = sa.table("mapping", sa.column("province"), sa.column("ours"))
    _run(sa.delete(mapping).where(mapping.c.ours.in_(["provincial_exempt", "abroad"])))
    _run(sa.delete(mapping).where(sa.func.length(mapping.c.province) > 10))
    with op.batch_alter_table("mapping") as table:
        table.alter_column(
            "province", existing_type=sa.String(40), type_=sa.String(10), existing_nullable=False
        )
    for name in ("location", "order"):
        table = sa.table(name, sa.column("tax_status"))
        _run(sa.update(table).where(table.c.tax_status == "provincial_exempt").values(tax_status="default"))
        for column in ("certificate_expires", "certificate", "exemption_reason_id"):
            op.drop_column(name, column)
    _allow(STATUSES[:3])
    op.drop_table("provincial_registration")


def _run(statement: sa.Executable) -> None:
    op.execute(statement, execution_options=ALL)


def _allow(statuses: tuple[str, ...]) -> None:
    with op.batch_alter_table("location") as table:
        table.drop_constraint(op.f("ck_location_tax_status"), type_="check")
        table.create_check_constraint("tax_status", f"tax_status IN {statuses}")


def _name_reasons() -> None:
    """Of what was written freely, what names one of Intuit's; the words stay."""
    for name in ("location", "order"):
        table = sa.table(name, sa.column("exemption_reason"), sa.column("exemption_reason_id"))
        written = sa.func.lower(sa.func.trim(table.c.exemption_reason))
        _run(
            sa.update(table)
            .where(written.in_(list(REASONS)))
            .values(exemption_reason_id=sa.case(REASONS, value=written))
        )


def _call_uncompared() -> None:
    """Where tax is chosen by province, customers may say another code than what they were judged by: the next
    drain compares them.
    """
    columns = ("organization_id", "record_kind", "differs", "integration_status", "section", "province")
    mapping, link, location = (
        sa.table(name, *(sa.column(one) for one in columns)) for name in ("mapping", "link", "location")
    )
    by_province = sa.select(mapping.c.organization_id).where(
        mapping.c.section == "customer_tax", mapping.c.province != ""
    )
    _run(
        sa.update(link)
        .where(link.c.record_kind == "location", link.c.organization_id.in_(by_province))
        .values(differs=sa.null())
    )
    _run(
        sa.update(location)
        .where(location.c.integration_status == "synced", location.c.organization_id.in_(by_province))
        .values(integration_status="uncompared")
    )


def _spell_provinces() -> None:
    """Choices made for another spelling are those of the province; where it has one already, that stays."""
    mapping = sa.table(
        "mapping",
        *(sa.column(name) for name in ("id", "organization_id", "section", "ours", "province")),
    )
    connection = sa.table(
        "connection", *(sa.column(name) for name in ("organization_id", "country", "status"))
    )
    bind = op.get_bind()
    active = sa.select(connection.c.organization_id, connection.c.country).where(
        connection.c.status == "active"
    )
    homes = {row.organization_id: row.country for row in bind.execute(active, execution_options=ALL)}
    rows = bind.execute(sa.select(mapping).where(mapping.c.province != ""), execution_options=ALL).all()
    taken = {(row.organization_id, row.section, row.ours, row.province) for row in rows}
    for row in rows:
        province = _code_of(row.province, homes.get(row.organization_id, "CA"))
        if province == row.province:
            continue
        key = (row.organization_id, row.section, row.ours, province)
        if key in taken:
            _run(sa.delete(mapping).where(mapping.c.id == row.id))
        else:
            taken.add(key)
            _run(sa.update(mapping).where(mapping.c.id == row.id).values(province=province))


def _code_of(written: str, country: str) -> str:
    """The province's or state's code; what is written where nothing tells it."""
    known = dict(pair.split("=") for pair in ABBREVIATED.get(country, "").split())
    for one in pycountry.subdivisions if country in ABBREVIATED else ():
        if one.country_code == country:
            code = one.code.partition("-")[2]
            known |= {code: code, _compact(one.name): code}
    return known.get(_compact(written), written)


def _compact(text: str) -> str:
    return "".join(letter for letter in text.upper() if letter.isalnum())
