"""The blueprint both kinds of pages hang on."""

from flask import Blueprint

bp = Blueprint("assessments", __name__)
