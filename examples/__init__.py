"""A small crawl that Tierline writes itself, with the fate that each of its pages should meet."""
