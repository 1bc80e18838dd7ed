"""flask customers: the same import and export at the shell."""

from portal.customers import queries
from portal.foundation.database import db
from tests import cast


def test_a_file_is_looked_at_then_imported_and_written_again(app, tmp_path):
    cast.customer(cast.ANN)
    file, out = tmp_path / "people.csv", tmp_path / "out.csv"
    file.write_text("firstname,lastname,email\nPriya,Raman,priya@shop.example\nBad,One,nonsense\n")
    run = app.test_cli_runner().invoke
    dry = run(args=["customers", "import", str(file), "--dry-run"])
    assert (dry.exit_code, dry.output.splitlines()[0]) == (0, "1 new, 0 change, 0 same, 1 problem")
    assert "line 3, email, 'nonsense'" in dry.output
    db.session.rollback()
    assert queries.by_email("priya@shop.example") is None
    done = run(args=["customers", "import", str(file), "--format", "magento"])
    assert (done.exit_code, done.output.splitlines()[-1]) == (0, "Imported.")
    db.session.rollback()
    assert queries.by_email("priya@shop.example").name == "Priya Raman"
    assert run(args=["customers", "export", str(out), "--machine"]).exit_code == 0
    assert "priya@shop.example" in out.read_text()
    again = run(args=["customers", "import", str(out), "--dry-run"])
    assert again.output.splitlines()[0] == "0 new, 0 change, 2 same, 0 problem"


def test_a_file_that_is_no_table_ends_with_words_and_an_exit_code(app, tmp_path):
    file = tmp_path / "empty.csv"
    file.write_text("")
    answer = app.test_cli_runner().invoke(args=["customers", "import", str(file)])
    assert answer.exit_code == 1
    assert "no head" in answer.output
