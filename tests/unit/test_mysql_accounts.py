"""The accounts of a stack's MySQL: passwords are not shown, and only the owner can read them."""

from __future__ import annotations

import stat
from pathlib import Path

from cdcctl.local.mysql.accounts import Passwords, init_file, passwords, record, recorded, statements
from cdcctl.local.mysql.address import Address

SECRET = "s3cret-Word"


class TestSecrets:
    def test_no_repr_shows_a_password(self, tmp_path: Path) -> None:
        words = Passwords("admin-" + SECRET, "debezium-" + SECRET)
        server = record(tmp_path, words, port=1, provider="path", version="8.0.43", sql_mode="")
        for thing in (words, server, Address("h", 1, "u", SECRET)):
            assert SECRET not in repr(thing)

    def test_what_is_written_only_the_owner_can_read(self, tmp_path: Path) -> None:
        words = passwords(tmp_path)
        with init_file(tmp_path, words) as path:
            assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert not path.exists()
        server = record(tmp_path, words, port=1, provider="path", version="8.0.43", sql_mode="")
        assert [stat.S_IMODE(file.stat().st_mode) for file in tmp_path.iterdir()] == [0o600]
        assert recorded(tmp_path) == server
        assert passwords(tmp_path) == words

    def test_the_accounts_stay_out_of_the_binlog(self) -> None:
        lines = statements(Passwords("a", "d")).splitlines()
        assert lines[0] == "SET SESSION sql_log_bin = 0;"
        logged = lines.index("SET SESSION sql_log_bin = 1;")
        assert lines[logged - 1].startswith("GRANT SELECT, RELOAD, SHOW DATABASES, REPLICATION SLAVE, ")
        # One statement for the first GTID, without an account in it.
        assert lines[logged + 1 :] == ["FLUSH PRIVILEGES;"]
