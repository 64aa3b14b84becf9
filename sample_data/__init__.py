"""A synthetic PACS export with an answer key: invented people, invented pictures, real encodings."""
