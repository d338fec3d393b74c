"""What DDL does to a pipeline: predicted with the connectors' own classes, judged hop by hop, explained, rewritten."""
