# Writes the files FOLDER/PATTERN to OUT as initializers {"PREFIXname", R"..."}, ascending by name; PART says
# which part of the file's name is meant (NAME or NAME_WE).
file(GLOB files ${FOLDER}/${PATTERN})
list(SORT files)
set(text "")
foreach(file ${files})
  get_filename_component(name ${file} ${PART})
  # Semicolons and brackets mean something to CMake's lists: the file is one string all the way.
  file(READ ${file} content)
  string(APPEND text "{\"${PREFIX}${name}\", R\"=====(${content})=====\"},\n")
endforeach()
file(WRITE ${OUT} "${text}")
