"""`python run.py` serves the product; `flask --app run …` runs its commands."""

from app import create_app

if __name__ == "__main__":
    from app.serve import main

    raise SystemExit(main())

if __name__ != "__mp_main__":  # a child process that lays out PDFs needs no application
    app = create_app()
