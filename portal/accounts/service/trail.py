"""An account in the audit log: as the one who acts, and as the one acted on."""

from portal.accounts.models import Account, Realm
from portal.audit.models import ActorKind
from portal.audit.service import Actor, Subject


def actor_of(account: Account) -> Actor:
    """The owner of an account as the actor of an audit entry."""
    kind = ActorKind.CUSTOMER if account.realm is Realm.CUSTOMER else ActorKind.STAFF
    return Actor(kind, account.id, account.email)


def subject_of(account: Account) -> Subject:
    """An account as the subject of an audit entry."""
    return Subject("account", account.id, account.email)
