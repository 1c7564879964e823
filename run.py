"""`python run.py` serves the product; `flask --app run …` runs its commands."""

from app import create_app

if __name__ == "__main__":
    from app.serve import main

    raise SystemExit(main())

app = create_app()
