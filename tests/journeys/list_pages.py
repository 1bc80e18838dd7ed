"""Pages of the list of customers: its columns and views, acts on many, what comes out of a file."""

from tests.journeys.sight import Sight, pressing

LISTS = (
    Sight("customers", "owner", "/staff/customers"),
    Sight("customers-filtered", "owner", "/staff/customers?status=waiting&newsletter=no&group=blue"),
    Sight("customers-empty", "owner", "/staff/customers?q=nobody+is+called+so"),
    Sight("customers-all-that-match", "owner", "/staff/customers?status=enabled&select=all"),
    Sight("columns", "owner", "/staff/customers/columns"),
    Sight("views", "owner", "/staff/customers/views?status=waiting"),
    Sight("views-errors", "owner", "/staff/customers/views", act=pressing("Save view", name="")),
    Sight("view", "owner", "{view}"),
    Sight("bulk-disable", "owner", "/staff/customers/bulk/disable?id=1&id=2"),
    Sight("bulk-disable-errors", "owner", "/staff/customers/bulk/disable?id=1", act=pressing("Disable", reason="")),
    Sight("bulk-group", "owner", "/staff/customers/bulk/group?id=1&id=2"),
    Sight("bulk-audience-all", "owner", "/staff/customers/bulk/audience?select=all&status=enabled"),
    Sight("bulk-nobody", "owner", "/staff/customers/bulk/disable", 409),
    Sight("jobs", "owner", "/staff/jobs?whose=all"),
    Sight("job", "owner", "{job}"),
    Sight("job-refused", "owner", "{refusing_job}"),
    Sight("job-undo", "owner", "{job}/undo"),
    Sight("transfers", "owner", "/staff/transfers"),
    Sight("transfers-errors", "owner", "/staff/transfers", act=pressing("Upload file")),
    Sight("transfer-match", "owner", "{matched}"),
    Sight("transfer-preview", "owner", "{checked}"),
    Sight("transfer-problems", "owner", "{checked}?show=problem"),
    Sight("exports", "owner", "/staff/transfers/exports"),
    Sight("export", "owner", "/staff/transfers/export?status=enabled"),
    Sight("export-errors", "owner", "/staff/transfers/export", act=pressing("Go on", reason="")),
    Sight("export-asked", "owner", "{export}"),
)
# Routes that show no page, by their rule, with the reason.
FILES = {
    "/staff/jobs/<int:job_id>/progress": "a part of the page of the job, fetched by its script",
    "/staff/jobs/<int:job_id>/refused.csv": "a file",
    "/staff/transfers/<int:import_id>/refused.csv": "a file",
    "/staff/transfers/export.<kind>": "a file",
    "/staff/transfers/exports/<int:export_id>/file": "a file",
}
