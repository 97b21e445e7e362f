"""What benchmarks.faults is made of: small lakes, a model server, processes that can be broken, kinds of faults, what must hold after."""
