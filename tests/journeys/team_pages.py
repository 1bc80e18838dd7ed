"""Pages of stores, roles and members."""

from tests.journeys.sight import Sight, pressing

TEAM = (
    Sight("stores", "owner", "/staff/stores"),
    Sight("store-new", "owner", "/staff/stores/new"),
    Sight("store-new-errors", "owner", "/staff/stores/new", act=pressing("Add store", code="-")),
    Sight("store", "owner", "{store}"),
    Sight("store-retire", "owner", "{store}/retire"),
    Sight("roles", "owner", "/staff/roles"),
    Sight("role", "owner", "{role}"),
    Sight("role-new", "owner", "/staff/roles/new"),
    Sight("role-new-errors", "owner", "/staff/roles/new", act=pressing("Add role", name="owner")),
    Sight("role-edit", "owner", "{role}/edit"),
    Sight("role-delete", "owner", "{spare_role}/delete"),
    Sight("members", "owner", "/staff/members"),
    Sight("members-dismissed", "owner", "/staff/members?state=dismissed"),
    Sight("staff-new", "owner", "/staff/members/new"),
    Sight("staff-new-errors", "owner", "/staff/members/new", act=pressing("Send the invitation", email="nell@")),
    Sight("staff-member", "owner", "{colleague}"),
    Sight("staff-member-roles", "owner", "{colleague}/roles"),
    Sight("staff-member-dismiss", "owner", "{colleague}/dismiss"),
)
