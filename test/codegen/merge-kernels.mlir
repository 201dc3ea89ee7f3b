// RUN: net-opt --net-merge-kernels %s | FileCheck %s

// Of kernels that differ in their name alone the first is left; entries stay, alike or not.
// CHECK: func.func private @a(
// CHECK-NOT: func.func private @b(
// CHECK: func.func private @c(
// CHECK-LABEL: func.func @first
// CHECK-NEXT: call @a
// CHECK-NEXT: scf.if
// CHECK-NEXT: call @a
// CHECK: call @c
// CHECK-LABEL: func.func @second
func.func private @a(%p: !llvm.ptr) {
  %x = llvm.load %p : !llvm.ptr -> f32
  %y = arith.addf %x, %x : f32
  llvm.store %y, %p : f32, !llvm.ptr
  return
}
func.func private @b(%p: !llvm.ptr) {
  %x = llvm.load %p : !llvm.ptr -> f32
  %y = arith.addf %x, %x : f32
  llvm.store %y, %p : f32, !llvm.ptr
  return
}
func.func private @c(%p: !llvm.ptr) {
  %x = llvm.load %p : !llvm.ptr -> f32
  %y = arith.mulf %x, %x : f32
  llvm.store %y, %p : f32, !llvm.ptr
  return
}
func.func @first(%p: !llvm.ptr, %c: i1) attributes {net.entry = "first"} {
  call @a(%p) : (!llvm.ptr) -> ()
  scf.if %c {
    func.call @b(%p) : (!llvm.ptr) -> ()
  }
  call @c(%p) : (!llvm.ptr) -> ()
  return
}
func.func @second(%p: !llvm.ptr, %c: i1) attributes {net.entry = "first"} {
  return
}
