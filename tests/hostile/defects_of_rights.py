"""Mistakes about roles, about who gives them to whom, and about the stores that they reach."""

from tests.hostile.defect import Defect

GIVING = "portal/staff/service/giving.py"

DEFECTS = (
    # The stores that a right reaches.
    Defect(
        "forget the stores of a right in lists and counts",
        "portal/backoffice/customers/reach.py",
        "return customers.of_stores(guards.scope() if permission is None else guards.stores_for(permission))",
        "return customers.of_stores(None)",
        ("backoffice/test_scope.py::test_the_list_its_count_and_its_filters_know_the_store_alone",),
    ),
    Defect(
        "forget the stores of a right in what a list is known again by",
        "portal/backoffice/customers/finding.py",
        "known_as=(guards.scope(), ",
        "known_as=(None, ",
        ("backoffice/test_scope.py::test_what_the_owner_has_just_seen_is_not_what_a_clerk_of_one_store_sees",),
    ),
    Defect(
        "let who was dismissed go on working",
        "portal/staff/queries.py",
        "sa.and_(_members.c.account_id == _sessions.c.account_id, _members.c.dismissed_at.is_(None))",
        "sa.and_(_members.c.account_id == _sessions.c.account_id)",
        ("staff/test_members.py::test_a_session_brings_the_rights_of_who_works_here_and_nothing_to_who_does_not",),
    ),
    Defect(
        "forget the stores of a right on a customer's page",
        "portal/backoffice/customers/reach.py",
        "found = any(is_within(store) for store in customer.stores)",
        "found = True",
        ("hostile/test_records_of_others.py",),
    ),
    Defect(
        "let a role for one store bring what the whole shop has",
        "portal/staff/rules.py",
        "for permission in OF_A_STORE.intersection(role.grants):",
        "for permission in role.grants:",
        ("staff/test_rights.py", "backoffice/test_scope.py"),
    ),
    Defect(
        "count the roles of a store that retired",
        "portal/staff/queries.py",
        "if role is not None and retired_at is None",
        "if role is not None",
        ("hostile/test_rights.py::test_a_door_opens_for_its_right_and_for_nothing_else",),
    ),
    Defect(
        "count the roles of a store that retired in what is done later",
        "portal/staff/queries.py",
        "if given.store is None or not given.store.is_retired",
        "if given.store is None or given.store.id",
        ("staff/test_members.py", "staff/test_rights.py", "backoffice/test_scope.py", "backoffice/test_stores.py"),
    ),
    Defect(
        "take somebody new into a store of others",
        "portal/backoffice/customers/reach.py",
        "return [store for store in stores.every() if is_within(store) and (not store.is_retired or store.id in has)]",
        "return [store for store in stores.every() if not store.is_retired or store.id in has]",
        ("backoffice/test_scope.py::test_somebody_new_comes_into_no_store_of_others",),
    ),
    Defect(
        "drop the stores of others when a customer is edited",
        "portal/backoffice/customers/reach.py",
        "return [store for store in customer.stores if not is_within(store)]",
        "return []",
        ("backoffice/test_scope.py::test_an_edit_leaves_the_stores_of_others_alone",),
    ),
    Defect(
        "name the customer of another store who has an address",
        "portal/backoffice/customers/reach.py",
        "if isinstance(refusal, NAMING) and guards.scope() is not None:",
        "if False:",
        ("backoffice/test_scope.py::test_an_address_that_is_taken_elsewhere_names_nobody",),
    ),
    Defect(
        "offer on a page what another customer would allow",
        "portal/staff/guards.py",
        "return not reach.isdisjoint(g.staff_at_hand)",
        "return True",
        ("backoffice/test_scope.py::test_a_page_offers_what_the_customer_at_hand_allows",),
    ),
    # Giving and taking.
    Defect(
        "pass on what one lacks",
        GIVING,
        "if not all(own.covers(given) for given in touched):",
        "if False:",
        ("staff/test_editing_roles.py::test_nobody_makes_a_role_with_a_right_that_they_lack", "staff/test_members.py"),
    ),
    Defect(
        "take a right in one store for the same right in all",
        "portal/staff/rules.py",
        "return self._everywhere.issuperset(other.grants)",
        "return self.held.issuperset(other.grants)",
        ("staff/test_rights.py::test_nobody_passes_on_what_they_lack",),
    ),
    Defect(
        "look only at rights that come, not at those that go",
        "portal/staff/service/roles.py",
        "giving.refuse_more([Given(before ^ wanted)], by)",
        "giving.refuse_more([Given(wanted - before)], by)",
        ("staff/test_editing_roles.py::test_nobody_adds_or_takes_a_right_that_they_lack",),
    ),
    Defect(
        "let somebody change their own roles",
        GIVING,
        "if who is not None and member is who:",
        "if False:",
        ("staff/test_members.py::test_nobody_ends_or_changes_their_own_work",),
    ),
    Defect(
        "let somebody edit a role of their own",
        "portal/staff/service/roles.py",
        "if role.id in {given.role_id for given in editor.roles}:",
        "if False:",
        ("staff/test_editing_roles.py::test_nobody_edits_a_role_of_their_own_but_an_owner",),
    ),
    Defect(
        "let the owner's role be edited",
        "portal/staff/service/roles.py",
        "    if role.name == rules.OWNER_ROLE:\n        raise",
        "    if not role.name:\n        raise",
        ("staff/test_editing_roles.py::test_the_owners_role_stays_as_it_is_for_everybody",),
    ),
    Defect(
        "let the last owner go",
        GIVING,
        "if [owner.id for owner in queries.owners()] == [member.id]:",
        "if False:",
        ("staff/test_roles.py::test_the_last_owner_stays_whoever_asks",),
    ),
    Defect(
        "let two owners let each other go at the same moment",
        GIVING,
        "owner_role = db.session.scalar(the_role.with_for_update(key_share=True))",
        "owner_role = db.session.scalar(the_role)",
        ("staff/test_members.py::test_of_two_owners_who_let_each_other_go_at_the_same_moment_one_stays",),
        database="postgresql",
    ),
    Defect(
        "edit roles without asking who is at the keyboard",
        "portal/backoffice/roles.py",
        '@roles.post("/new")\n@staff_required(Permission.ROLE_MODIFY)\n@fresh_sign_in_required\n',
        '@roles.post("/new")\n@staff_required(Permission.ROLE_MODIFY)\n',
        ("backoffice/test_roles.py::test_roles_ask_once_more_who_is_at_the_keyboard",),
    ),
)
