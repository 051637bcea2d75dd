"""Assertions of what tests share are explained like those of the tests."""

import pytest

pytest.register_assert_rewrite("columns_toy", "ledger")
