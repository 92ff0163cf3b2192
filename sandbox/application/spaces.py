"""LedgerSpace and SearchSpace: the queries the application makes of its two databases.

Every function takes an open driver and raises the driver's own errors.
"""

from __future__ import annotations

import datetime as dt
import uuid
from typing import Any, LiteralString

from neo4j import AsyncDriver, RoutingControl

CONSTRAINTS: dict[str, tuple[tuple[str, str], ...]] = {
    "ledger": (
        ("Daynode", "Date"),
        ("Member", "memberID"),
        ("Member", "memberHandle"),
        ("Member", "phone"),
        ("Account", "accountID"),
        ("Account", "accountHandle"),
    ),
    "search": (("Account", "accountID"), ("Credex", "credexID")),
}
"""The unique properties of each space: (label, property)."""

_ACTIVE_DAYNODE: LiteralString = (
    "MATCH (day:Daynode {Active: true}) RETURN toString(day.Date) AS date, "
    "day.MTQrunningNow AS MTQrunningNow, day.DCOrunningNow AS DCOrunningNow ORDER BY day.Date DESC LIMIT 1"
)
_COUNTS: LiteralString = (
    "RETURN COUNT { (:Daynode) } AS daynodes, COUNT { (:Member) } AS members, "
    "COUNT { (:Account) } AS accounts, COUNT { () } AS nodes, COUNT { ()-->() } AS relationships"
)
_SEED: LiteralString = """
MERGE (day:Daynode {Date: date($date)})
ON CREATE SET day.Active = true, day.DCOrunningNow = false, day.MTQrunningNow = false, day.CXXrate = 1.0
WITH day WHERE NOT EXISTS { (:Member {memberHandle: 'credex_foundation'}) }
CREATE (member:Member {memberID: $member_id, memberHandle: 'credex_foundation', phone: '263000000000',
                       firstname: 'Credex', lastname: 'Foundation'})
CREATE (account:Account {accountID: $account_id, accountHandle: 'credex_foundation',
                         accountName: 'Credex Foundation'})
CREATE (member)-[:CREATED_ON]->(day), (account)-[:CREATED_ON]->(day), (member)-[:OWNS]->(account)
"""
_CREATE_MEMBER: LiteralString = """
MATCH (day:Daynode {Active: true})
CREATE (member:Member {memberID: $member_id, memberHandle: $handle, phone: $phone, firstname: $firstname})
CREATE (account:Account {accountID: $account_id, accountHandle: $handle, accountName: $firstname})
CREATE (member)-[:CREATED_ON]->(day), (account)-[:CREATED_ON]->(day), (member)-[:OWNS]->(account)
RETURN member.memberID AS memberID, account.accountID AS accountID
"""
_NEXT_DAY: LiteralString = """
MATCH (day:Daynode {Active: true, DCOrunningNow: true})
MERGE (next:Daynode {Date: day.Date + duration({days: 1})})
SET next.Active = true, next.DCOrunningNow = false, next.MTQrunningNow = false, next.CXXrate = day.CXXrate,
    day.Active = false, day.DCOrunningNow = false
MERGE (day)-[:NEXT_DAY]->(next)
"""
_TAKE_FLAG: dict[str, LiteralString] = {
    flag: f"MATCH (day:Daynode {{Active: true}}) WHERE NOT day.{flag} SET day.{flag} = true RETURN day.Date"
    for flag in ("MTQrunningNow", "DCOrunningNow")
}
_CLEAR_MINUTE_FLAG: LiteralString = "MATCH (day:Daynode {Active: true}) SET day.MTQrunningNow = false"


async def active_daynode(ledger: AsyncDriver) -> dict[str, Any] | None:
    """Tell the date and flags of the active Daynode; None for a ledger without an economy."""
    result = await ledger.execute_query(_ACTIVE_DAYNODE, routing_=RoutingControl.READ)
    return result.records[0].data() if result.records else None


async def counts(space: AsyncDriver) -> dict[str, int]:
    """Count what is in a space."""
    result = await space.execute_query(_COUNTS, routing_=RoutingControl.READ)
    return result.records[0].data()


async def seed(ledger: AsyncDriver, date: dt.date) -> None:
    """Create a new economy; two tasks that do so at once make one, given the constraint on Daynode.Date."""
    await ledger.execute_query(
        _SEED, date=date.isoformat(), member_id=str(uuid.uuid4()), account_id=str(uuid.uuid4())
    )


async def create_member(
    ledger: AsyncDriver, search: AsyncDriver, *, handle: str, phone: str, firstname: str
) -> dict[str, str] | None:
    """Create a member with an account in both spaces; None where the ledger has no active Daynode.

    Raises:
        neo4j.exceptions.ConstraintError: handle or phone are taken.

    """
    result = await ledger.execute_query(
        _CREATE_MEMBER,
        member_id=str(uuid.uuid4()),
        account_id=str(uuid.uuid4()),
        handle=handle,
        phone=phone,
        firstname=firstname,
    )
    if not result.records:
        return None
    created = result.records[0].data()
    await search.execute_query(
        "CREATE (:Account {accountID: $account_id, accountHandle: $handle, accountName: $name})",
        account_id=created["accountID"],
        handle=handle,
        name=firstname,
    )
    return created


async def take_flag(ledger: AsyncDriver, flag: str) -> bool:
    """Set the flag of a job on the active Daynode; False where it is set already or there is no Daynode."""
    return bool((await ledger.execute_query(_TAKE_FLAG[flag])).records)


async def clear_minute_flag(ledger: AsyncDriver) -> None:
    """Say that the per-minute job is done."""
    await ledger.execute_query(_CLEAR_MINUTE_FLAG)


async def open_next_day(ledger: AsyncDriver) -> None:
    """Close the active Daynode, whose daily flag is taken, and open the one after it."""
    await ledger.execute_query(_NEXT_DAY)
