"""L0: finds crawl files, groups them into shards, and reads every record with the address of its bytes."""

from tierline.crawl.find import find_crawl, find_crawl_files
from tierline.crawl.payload import read_payload
from tierline.crawl.registry import CrawlRegistry, PackRules
from tierline.crawl.rules import ReadRules

__all__ = ["CrawlRegistry", "PackRules", "ReadRules", "find_crawl", "find_crawl_files", "read_payload"]
