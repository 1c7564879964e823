"""Writing banks in the browser: form, source, preview, approval, history. Joins banks with what is
above them: the framework's competencies and the attempts that used a version."""
