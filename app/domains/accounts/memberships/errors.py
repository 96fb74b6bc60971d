"""What could not be done with people's roles."""

from flask_babel import lazy_gettext

from app.foundation.errors import GalleriaError


class RoleInvalidError(GalleriaError):
    """No such role here, or a supplier without whose pieces they count."""

    code = "role_invalid"
    status = 422
    message = lazy_gettext(
        "Choose a role from the list. A supplier needs the maker's name that stands on the products."
    )


class RightsMissingError(GalleriaError):
    """Nobody gives or takes what they do not have themselves."""

    code = "rights_missing"
    status = 409
    message = lazy_gettext(
        "This role includes rights that you do not have, so somebody who has them must decide."
        " Nothing has changed."
    )


class OwnRoleError(GalleriaError):
    """Nobody changes their own role."""

    code = "own_role"
    status = 409
    message = lazy_gettext(
        "You cannot change your own role. Ask somebody else who manages people. Nothing has changed."
    )


class LastOwnerError(GalleriaError):
    """A shop always has an owner; the platform an admin."""

    code = "last_owner"
    status = 409
    message = lazy_gettext(
        "This is the last owner. Hand the shop over to somebody first; nothing has changed."
    )


class LastAdminError(LastOwnerError):
    """The platform always has an admin."""

    code = "last_admin"
    message = lazy_gettext(
        "This is the last admin. Make somebody else an admin first; nothing has changed."
    )


class RoleNameError(GalleriaError):
    """A role of the shop's own needs a name."""

    code = "role_name"
    status = 422
    message = lazy_gettext("Give the role a name of 60 characters at most.")


class RoleNameTakenError(GalleriaError):
    """Two roles of one shop with one name would be mistaken for each other."""

    code = "role_name_taken"
    status = 409
    message = lazy_gettext("The shop has a role of this name already. Choose another name.")


class RolePermissionsError(GalleriaError):
    """A role without rights, or with some that its maker does not have."""

    code = "role_permissions"
    status = 422
    message = lazy_gettext("Choose at least one right, and only from those that you have yourself.")


class RoleInUseError(GalleriaError):
    """Somebody has this role, or is invited to it."""

    code = "role_in_use"
    status = 409
    message = lazy_gettext(
        "Somebody has this role or is invited to it. Give them another one first; nothing has changed."
    )


class TooManyRolesError(GalleriaError):
    """More roles than anybody can keep apart."""

    code = "too_many_roles"
    status = 409
    message = lazy_gettext("A shop has 30 roles of its own at most. Remove one that nobody has.")


class OnlyLookingError(GalleriaError):
    """Whoever sees the shop as another role changes nothing."""

    code = "only_looking"
    status = 409
    message = lazy_gettext(
        "You see the shop as another role, so nothing can be changed. Go back to your own view first."
    )
