import click
import pytest

from peritus.accounts.models import Role
from peritus.bench.models import Field
from peritus.catalogue.fields import own_fields
from peritus.cli.bench import import_experts_of, import_fields_of
from tests.factories.accounts import member

pytestmark = pytest.mark.django_db


@pytest.fixture
def manager():
    return member(Role.MANAGER)


def written(tmp_path, text):
    path = tmp_path / "fields.csv"
    path.write_text(text, encoding="utf-8")
    return path


def test_import_fields_takes_a_file_and_says_how_many(manager, tmp_path, capsys):
    file = written(tmp_path, "code,label,broader\nlaw,Law,\nlaw.ip,IP,law\n")

    import_fields_of(file, email=manager.email)
    import_fields_of(file, email=manager.email)

    assert capsys.readouterr().out.splitlines() == [
        "2 fields read, 2 new or changed.", "2 fields read, 0 new or changed.",
    ]  # fmt: skip


def test_import_fields_without_a_file_takes_our_own(manager):
    import_fields_of(None, email=manager.email)

    assert Field.objects.count() == len(own_fields())


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("code,label,broader\nlaw,Law,\nx,X,nowhere\n", "Row 3: the broader field nowhere"),
        ("code,label\nlaw\n", "Row 2: It has 1 cells"),
    ],
)
def test_import_fields_names_the_row_and_takes_nothing(manager, tmp_path, text, said):
    with pytest.raises(click.ClickException, match=said):
        import_fields_of(written(tmp_path, text), email=manager.email)

    assert Field.objects.count() == 0


def test_import_fields_is_refused_to_whoever_may_not_and_whoever_is_unknown():
    with pytest.raises(click.ClickException, match="Only a manager of the provider"):
        import_fields_of(None, email=member(Role.QUALITY).email)
    with pytest.raises(click.ClickException, match=r"Nobody signs in with x@y\.example"):
        import_fields_of(None, email="x@y.example")

    assert Field.objects.count() == 0


def test_import_brings_people_and_says_how_many(manager, tmp_path, capsys):
    file = written(
        tmp_path, "name,email,kind,title,issuer,issued\nAda,a@x.example,licence,Bar,B,2020-01-01\n"
    )

    import_experts_of(file, email=manager.email)

    assert capsys.readouterr().out == "1 experts came to the bench, 1 credentials to check.\n"
    with pytest.raises(click.ClickException, match=r"Row 2: Somebody signs in with a@x\.example"):
        import_experts_of(file, email=manager.email)
