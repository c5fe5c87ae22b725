"""What the people of the practice range write. `{brand}` is the brand's handle; nothing here was said by anyone."""

from __future__ import annotations

CUSTOMERS = (
    ("ann_t", "Ann Tarrant", 120, "none"),
    ("bob_kw", "Bob Kowalski", 48, "none"),
    ("cyd_live", "Cyd", 940, "blue"),
    ("dora_reads", "Dora R.", 310, "none"),
    ("emeka_o", "Emeka Okafor", 2_250, "none"),
    ("fatima_z", "Fatima Zahra", 77, "none"),
    ("gus_on_tour", "Gus", 15_400, "blue"),
    ("hana_s", "Hana Sato", 505, "none"),
    ("ivo_petrov", "Ivo Petrov", 9, "none"),
    ("june_w", "June W", 186, "none"),
    ("kofi_a", "Kofi Asante", 1_020, "none"),
    ("lena_mueller", "Lena M\u00fcller", 640, "none"),
    ("metro_news", "Metro News", 88_000, "business"),
    ("nils_h", "Nils H.", 33, "none"),
    ("olga_v", "Olga V.", 275, "none"),
    ("pia_rossi", "Pia Rossi", 410, "none"),
)
"""Handle, name, followers, verified type."""

QUESTIONS = (
    "@{brand} where is my parcel? It was due on Tuesday.",
    "@{brand} your app logs me out every time I open the basket.",
    "Hi @{brand}, can I change the delivery address of order 20417?",
    "@{brand} charged twice this month. Please sort this out!",
    "Is the outage in the north over yet, @{brand}?",
    "@{brand} I have been on hold for 40 minutes & counting",
    "@{brand} the discount code from your newsletter says 'expired' :(",
    "Thinking of leaving @{brand}. Is there anyone who can talk about my contract?",
    "@{brand} do you ship to Norway?",
    "@{brand} the blue one arrived, I ordered the green one. What now?",
    "@{brand} how do I reset my router after the update?",
    "Still no refund, @{brand}. It has been three weeks.",
    "@{brand} is your shop in Leeds open on Sunday?",
    "@{brand} got an e-mail asking for my password. Is that you?",
)

ANSWERS = (
    "Sorry about that! We are looking into it right now.",
    "Thanks for telling us. Could you send us your order number in a message?",
    "Good question: yes. You find the form in your account, under Orders.",
    "That should not happen. A colleague will call you within the hour.",
    "We have fixed it at our end. Could you try again?",
    "Apologies for the wait. Your refund left us this morning.",
)

FOLLOW_UPS = (
    "That did not help, it still looks the same.",
    "Done. What happens next?",
    "And how long will it take?",
)

CHATTER = (
    "same here, has been like this for days",
    "it worked for me after a restart",
    "good luck, I waited a week",
)

ANNOUNCEMENT = "New opening hours from Monday: we are there for you from 8 to 20."

HOSTILE = (
    "@{brand} <!channel> <!here> WAKE UP @everyone <script>alert('hello')</script> *bold* _it_ `code` & &amp; done",
    "@{brand} <@U012AB3CD> <https://evil.example|your bank> please sign in here",
    "@{brand} \u202etcejbo siht si erehw\u202c \u0645\u0631\u062d\u0628\u0627\u060c \u05d0\u05d9\u05e4\u05d4?",
    "@{brand} line one\nline two\n\n> quoted\n```not code``` \u001b[31mred\u001b[0m",
    "@{brand} " + "nobody answers and I will say so until somebody does, " * 20,
    "@{brand} " + "\U0001f469\u200d\U0001f467 \U0001f525" * 12 + " Z\u0351\u036ba\u0363\u0308l\u034cg\u0352o\u0357?",
)
