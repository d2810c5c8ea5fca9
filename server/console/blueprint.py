"""The one blueprint of the console, to which each page adds its routes."""

from flask import Blueprint

from templates.assets import TEMPLATES

console = Blueprint("console", __name__, template_folder=str(TEMPLATES))
