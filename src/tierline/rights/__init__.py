"""Rights: what pages, responses and sites state about the use of their texts, each statement with where and when it was made."""
