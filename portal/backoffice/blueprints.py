"""Every page of the back office."""

from portal.backoffice import approvals, audiences, campaigns, customers, transfers
from portal.backoffice.address_changes import address_changes
from portal.backoffice.approvers import approvers
from portal.backoffice.audit import audit
from portal.backoffice.bounces import bounces
from portal.backoffice.confirming import staff_confirming
from portal.backoffice.consent_proof import consent_proof
from portal.backoffice.devices import staff_devices
from portal.backoffice.door import staff_door
from portal.backoffice.duplicates import duplicates
from portal.backoffice.factors import staff_factors
from portal.backoffice.fields import fields
from portal.backoffice.group_members import group_members
from portal.backoffice.groups import groups
from portal.backoffice.home import home
from portal.backoffice.jobs import jobs
from portal.backoffice.members import members
from portal.backoffice.outbox import outbox
from portal.backoffice.passkeys import staff_passkey_pages, staff_passkeys
from portal.backoffice.registrations import registrations
from portal.backoffice.results import results
from portal.backoffice.roles import roles
from portal.backoffice.second_step import staff_second_step
from portal.backoffice.stores import stores
from portal.backoffice.suppressions import suppressions
from portal.backoffice.unlocking import staff_unlocking

blueprints = (
    staff_door,
    staff_second_step,
    staff_confirming,
    staff_factors,
    staff_devices,
    staff_unlocking,
    staff_passkeys,
    staff_passkey_pages,
    home,
    *customers.blueprints,
    *transfers.blueprints,
    registrations,
    address_changes,
    duplicates,
    *approvals.blueprints,
    groups,
    approvers,
    group_members,
    fields,
    stores,
    members,
    roles,
    *campaigns.blueprints,
    *audiences.blueprints,
    suppressions,
    consent_proof,
    bounces,
    results,
    jobs,
    outbox,
    audit,
)
