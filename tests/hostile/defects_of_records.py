"""Mistakes about the records of customers and what is done to many of them: files, merges, erasure, jobs, decisions."""

from tests.hostile.defect import Defect

RUNNING = "portal/jobs/service/running.py"

DEFECTS = (
    Defect(
        "answer a search with the words of the one before",
        "portal/customers/queries/asking.py",
        "told = {**way.place, **wanted.asked, **values}",
        "told = {**way.place, **values}",
        ("customers/test_asking.py::test_other_words_of_the_same_length_find_other_people",),
    ),
    # Files that come and go.
    Defect(
        "take consent from a file that does not say where it comes from",
        "portal/transfers/rules/cells.py",
        ' and told.get("consent_source")',
        "",
        ("transfers/test_importing.py::test_consent_counts_with_date_and_source_alone",),
    ),
    Defect(
        "subscribe whom the ledger of consent knows already",
        "portal/transfers/service/consenting.py",
        "found = {hashes[code] for code in seen}",
        "found = set()",
        ("transfers/test_consenting.py",),
    ),
    Defect(
        "let anybody with the right take the file that another asked for",
        "portal/transfers/service/permitting.py",
        "if row.asked_by != by.id:",
        "if False:",
        ("backoffice/test_exports.py",),
    ),
    Defect(
        "let whoever asked for a large file approve it",
        "portal/transfers/service/permitting.py",
        "if row.asked_by == _member(by):",
        "if False:",
        ("backoffice/test_exports.py::test_nobody_decides_about_their_own",),
    ),
    Defect(
        "export everybody whatever the filter says",
        "portal/backoffice/transfers/exporting.py",
        ", *selection.conditions(chosen.values)]",
        "]",
        ("backoffice/test_transfers.py::test_the_export_holds_exactly_what_the_list_shows_and_is_noted",),
    ),
    # Masked numbers.
    Defect(
        "show masked numbers to whoever may look at customers",
        "portal/backoffice/customers/revealing.py",
        '@revealing.post("")\n@staff_required(Permission.CUSTOMER_REVEAL)',
        '@revealing.post("")\n@staff_required(Permission.CUSTOMER_VIEW)',
        ("backoffice/test_records.py::test_who_may_not_see_masked_numbers_is_offered_no_way_and_let_in_by_none",),
    ),
    # Merging and erasing.
    Defect(
        "take two records apart over what was written since",
        "portal/customers/service/merging.py",
        "if not is_as_left or not",
        "if not",
        ("customers/test_merging.py::test_what_was_changed_since_is_not_undone",),
    ),
    Defect(
        "leave the number of the other record behind when a merge is undone",
        "portal/customers/service/merging.py",
        "    db.session.execute(sa.delete(NumberAlias).where(NumberAlias.customer_id == kept.id, _of(done)))\n",
        "",
        ("customers/test_merging.py::test_undoing_gives_both_back_to_the_last_row",),
    ),
    Defect(
        "keep the key of somebody who is erased",
        "portal/audit/sealing.py",
        'gone = {"sealed": None, "destroyed_at": moment}',
        'gone = {"destroyed_at": moment}',
        ("customers/test_erasure.py",),
    ),
    # Jobs.
    Defect(
        "claim a job without a lease",
        RUNNING,
        ".values(due_at=now() + LEASE, tries=",
        ".values(due_at=now(), tries=",
        ("jobs/test_running.py",),
    ),
    Defect(
        "go on with a job that another worker has claimed",
        RUNNING,
        "Job.tries == claimed.tries, IS_OPEN",
        "IS_OPEN",
        ("jobs/test_running.py::test_a_worker_that_comes_back_late_does_nothing_more",),
    ),
    Defect(
        "renew no lease while a job goes on",
        RUNNING,
        "job.started_at or now(), now() + LEASE",
        "job.started_at or now(), job.due_at",
        ("jobs/test_running.py::test_a_worker_renews_its_lease_with_every_step",),
    ),
    # Decisions.
    Defect(
        "let one approver be both",
        "portal/groups/service/deciding.py",
        "        if same:",
        "        if False:",
        ("groups/test_two_approvers.py::test_the_same_member_never_gives_both",),
    ),
    Defect(
        "let one member of staff in whom two should",
        "portal/groups/service/letting_in.py",
        "return decides and not (waiting.is_open and waiting.group.two_approvers)",
        "return True",
        ("backoffice/test_letting_in.py::test_nor_does_one_approver_alone_where_two_are_wanted",),
    ),
    Defect(
        "let a job outlive the right to it",
        "portal/staff/service/owning.py",
        "if reach == NOBODY:",
        "if False:",
        ("backoffice/test_rights_at_work.py::test_an_import_ends_with_the_right_of_whoever_began_it",),
    ),
    Defect(
        "erase whom a merge that was undone had joined",
        "portal/customers/service/persons.py",
        "merged = merged.where(CustomerMerge.undone_at.is_(None))",
        "merged = merged.where(sa.true())",
        ("customers/test_merging.py::test_erasing_somebody_after_an_undone_merge_leaves_the_other_one_alone",),
    ),
)
