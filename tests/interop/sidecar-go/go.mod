module yinxin/interop/recipe

go 1.24.0
