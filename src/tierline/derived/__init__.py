"""Makes training forms of single documents for L3: questions, exercises, dialogues and glossaries that rules build and verify, and styles
that a capable model writes and the judge of edits reads sentence by sentence."""
