"""Is the Zalo Bot emulator as strict, and as capricious, as the contract says?"""
