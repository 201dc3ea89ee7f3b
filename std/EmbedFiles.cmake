# Writes all .net files of FOLDER to OUT as initializers {"std/layers.net", R"..."}, ascending by name.
file(GLOB files ${FOLDER}/*.net)
list(SORT files)
set(text "")
foreach(file ${files})
  get_filename_component(name ${file} NAME)
  # Semicolons and brackets mean something to CMake's lists: the file is one string all the way.
  file(READ ${file} content)
  string(APPEND text "{\"std/${name}\", R\"=====(${content})=====\"},\n")
endforeach()
file(WRITE ${OUT} "${text}")
