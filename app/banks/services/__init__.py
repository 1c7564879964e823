"""Changes to banks: versions from files, the working copy, approval, pictures."""

from app.banks.services.approval import (
    approve,
    possible_approvers,
    send_back,
    submit_for_approval,
    withdraw,
)
from app.banks.services.drafts import adopt_version, create_bank, save_draft, take_turn
from app.banks.services.images import MAX_BYTES as MAX_PICTURE
from app.banks.services.images import Picture, check_picture, keep_picture
from app.banks.services.versions import ImportReport, import_bank, load_paths, publish

__all__ = [
    "MAX_PICTURE",
    "ImportReport",
    "Picture",
    "adopt_version",
    "approve",
    "check_picture",
    "create_bank",
    "import_bank",
    "keep_picture",
    "load_paths",
    "possible_approvers",
    "publish",
    "save_draft",
    "send_back",
    "submit_for_approval",
    "take_turn",
    "withdraw",
]
