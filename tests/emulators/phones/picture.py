"""The made-up picture that a person sends from the phone page."""

PICTURE = (
    b'<svg xmlns="http://www.w3.org/2000/svg" width="240" height="160">'
    b'<rect width="240" height="160" fill="#9cc5f0"/><circle cx="60" cy="50" r="24" fill="#ffd65a"/>'
    b'<path d="M0 160 90 70l60 60 40-35 50 65z" fill="#4d8a57"/></svg>'
)
