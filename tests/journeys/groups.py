"""Groups in the scene: one that Ann is in and may leave, several decided at once, a reason of the shop."""

from tests.journeys.person import Person


def play(people: dict[str, Person]) -> dict[str, str]:
    """Make them and give their addresses."""
    owner, ann = people["owner"], people["ann"]
    owner.open("/staff/groups/new")
    owner.fill(name="Readers", description="For who reads along.", at_registration=True)
    owner.press("Add group")
    owner.open("/staff/groups")
    trade = owner.main.get_by_role("link", name="Trade", exact=True).get_attribute("href") or ""
    ann.open("/account/groups")
    ann.press("Join Readers")
    ann.open("/account/groups")
    left = ann.main.get_by_role("link", name="Leave Readers").get_attribute("href") or ""
    owner.open("/staff/approvals/list")
    owner.main.locator("input[name=id]").first.check()
    owner.main.get_by_role("button", name="Approve").click()
    owner.press("Approve 1 customer")
    decided = owner.path
    owner.open("/staff/approvals/list?state=submitted")
    left_over = owner.main.locator("input[name=id]").first.get_attribute("value") or ""
    owner.open("/staff/approvals/reasons")
    reason = owner.main.get_by_role("link", name="Change").first.get_attribute("href") or ""
    return {
        "trade": trade,
        "own_group": left,
        "decided": decided,
        "reason": reason,
        "waiting": f"/staff/approvals/{left_over}",
    }
