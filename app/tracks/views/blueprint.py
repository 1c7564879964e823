"""The room's one blueprint, by itself so that pages and the room do not import in a circle."""

from flask import Blueprint

bp = Blueprint("tracks", __name__)
