"""A small crawl that Tierline writes itself, with the expected fate of each of its pages."""
