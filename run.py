"""`python run.py` serves the product; `flask --app run …` runs its commands."""

if __name__ == "__main__":
    import signal

    # Until there is something to put in order, Ctrl-C ends it without a word.
    signal.signal(signal.SIGINT, signal.SIG_DFL)

    from app.serve import main

    raise SystemExit(main())

if __name__ != "__mp_main__":  # a child process that lays out PDFs needs no application
    import gc

    # What is loaded here stays: looking through it for garbage took half of the start, and frozen
    # it stays shared by the workers that are forked later.
    gc.disable()

    from app import create_app
    from app.kernel.config import ConfigError

    try:
        app = create_app()
    except ConfigError as wrong:  # every command, the doctor too: what to mend, not where it failed
        raise SystemExit(f"Settings to mend:\n{wrong}") from None
    gc.freeze()
    gc.enable()
