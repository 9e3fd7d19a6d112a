"""Is the OA emulator as strict, and as capricious, as the contract says?"""
