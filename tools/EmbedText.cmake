# The bytes of FILE as a list of numbers in OUT, for an array's initializer.
file(READ ${FILE} bytes HEX)
string(REGEX REPLACE "(..)" "0x\\1," bytes "${bytes}")
string(REGEX REPLACE ",$" "" bytes "${bytes}")
file(WRITE ${OUT} "${bytes}\n")
