// RUN: net-opt --net-merge-kernels --split-input-file %s | FileCheck %s

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

// -----

// Numbers in which kernels differ are arguments of the one that is left, those that are equal in each but once; what is the same in all stays.
// CHECK: func.func private @draw(%{{.*}}: !llvm.ptr, %{{.*}}: i64, %[[COUNT:[^:]*]]: i64, %[[SCALE:[^:]*]]: f32, %[[LONE:.*]]: f32) {
// CHECK: %[[WIDE:.*]] = vector.broadcast %[[SCALE]] : f32 to vector<8xf32>
// CHECK-DAG: arith.constant 7 : i64
// CHECK-DAG: %[[TWO:.*]] = arith.constant dense<2.000000e+00>
// CHECK: arith.remsi %{{.*}}, %[[COUNT]]
// CHECK: arith.minsi %{{.*}}, %[[COUNT]]
// CHECK: arith.mulf %{{.*}}, %[[WIDE]]
// CHECK: arith.addf %{{.*}}, %[[TWO]]
// CHECK: arith.mulf %{{.*}}, %[[LONE]]
// CHECK-NOT: @draw_more
func.func private @draw(%p: !llvm.ptr, %n: i64) {
  %seven = arith.constant 7 : i64
  %count = arith.constant 100 : i64
  %bound = arith.constant 100 : i64
  %scale = arith.constant dense<0.5> : vector<8xf32>
  %lone = arith.constant 0.5 : f32
  %two = arith.constant dense<2.0> : vector<8xf32>
  %0 = arith.muli %n, %seven : i64
  %1 = arith.remsi %0, %count : i64
  %2 = arith.minsi %1, %bound : i64
  %q = llvm.getelementptr %p[%2] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %x = llvm.load %q : !llvm.ptr -> vector<8xf32>
  %3 = arith.mulf %x, %scale : vector<8xf32>
  %4 = arith.addf %3, %two : vector<8xf32>
  llvm.store %4, %q : vector<8xf32>, !llvm.ptr
  %y = llvm.load %q : !llvm.ptr -> f32
  %5 = arith.mulf %y, %lone : f32
  llvm.store %5, %q : f32, !llvm.ptr
  return
}
func.func private @draw_more(%p: !llvm.ptr, %n: i64) {
  %seven = arith.constant 7 : i64
  %count = arith.constant 300 : i64
  %bound = arith.constant 300 : i64
  %scale = arith.constant dense<0.25> : vector<8xf32>
  %lone = arith.constant 0.25 : f32
  %two = arith.constant dense<2.0> : vector<8xf32>
  %0 = arith.muli %n, %seven : i64
  %1 = arith.remsi %0, %count : i64
  %2 = arith.minsi %1, %bound : i64
  %q = llvm.getelementptr %p[%2] : (!llvm.ptr, i64) -> !llvm.ptr, f32
  %x = llvm.load %q : !llvm.ptr -> vector<8xf32>
  %3 = arith.mulf %x, %scale : vector<8xf32>
  %4 = arith.addf %3, %two : vector<8xf32>
  llvm.store %4, %q : vector<8xf32>, !llvm.ptr
  %y = llvm.load %q : !llvm.ptr -> f32
  %5 = arith.mulf %y, %lone : f32
  llvm.store %5, %q : f32, !llvm.ptr
  return
}
// CHECK-LABEL: func.func @init
// CHECK: %[[COUNT:.*]] = arith.constant 100 : i64
// CHECK: %[[SCALE:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: %[[LONE:.*]] = arith.constant 5.000000e-01 : f32
// CHECK: call @draw(%{{.*}}, %{{.*}}, %[[COUNT]], %[[SCALE]], %[[LONE]])
// CHECK: %[[COUNT:.*]] = arith.constant 300 : i64
// CHECK: %[[SCALE:.*]] = arith.constant 2.500000e-01 : f32
// CHECK: %[[LONE:.*]] = arith.constant 2.500000e-01 : f32
// CHECK: call @draw(%{{.*}}, %{{.*}}, %[[COUNT]], %[[SCALE]], %[[LONE]])
func.func @init(%p: !llvm.ptr, %n: i64) attributes {net.entry = "init"} {
  call @draw(%p, %n) : (!llvm.ptr, i64) -> ()
  call @draw_more(%p, %n) : (!llvm.ptr, i64) -> ()
  return
}

// -----

// The code depends on what bounds a loop, on what a loop divides by, and on what two constants give: these stay apart.
// CHECK: func.func private @turns_4
// CHECK: func.func private @turns_5
// CHECK: func.func private @divides_by_4
// CHECK: func.func private @divides_by_5
// CHECK: func.func private @folds_4
// CHECK: func.func private @folds_5
func.func private @turns_4(%p: !llvm.ptr) {
  %0 = arith.constant 0 : i64
  %1 = arith.constant 1 : i64
  %n = arith.constant 4 : i64
  scf.for %i = %0 to %n step %1 : i64 {
    llvm.store %i, %p : i64, !llvm.ptr
  }
  return
}
func.func private @turns_5(%p: !llvm.ptr) {
  %0 = arith.constant 0 : i64
  %1 = arith.constant 1 : i64
  %n = arith.constant 5 : i64
  scf.for %i = %0 to %n step %1 : i64 {
    llvm.store %i, %p : i64, !llvm.ptr
  }
  return
}
func.func private @divides_by_4(%p: !llvm.ptr, %n: i64) {
  %0 = arith.constant 0 : i64
  %1 = arith.constant 1 : i64
  %d = arith.constant 4 : i64
  scf.for %i = %0 to %n step %1 : i64 {
    %q = arith.floordivsi %i, %d : i64
    llvm.store %q, %p : i64, !llvm.ptr
  }
  return
}
func.func private @divides_by_5(%p: !llvm.ptr, %n: i64) {
  %0 = arith.constant 0 : i64
  %1 = arith.constant 1 : i64
  %d = arith.constant 5 : i64
  scf.for %i = %0 to %n step %1 : i64 {
    %q = arith.floordivsi %i, %d : i64
    llvm.store %q, %p : i64, !llvm.ptr
  }
  return
}
func.func private @folds_4(%p: !llvm.ptr) {
  %2 = arith.constant 2 : i64
  %d = arith.constant 4 : i64
  %0 = arith.muli %2, %d : i64
  llvm.store %0, %p : i64, !llvm.ptr
  return
}
func.func private @folds_5(%p: !llvm.ptr) {
  %2 = arith.constant 2 : i64
  %d = arith.constant 5 : i64
  %0 = arith.muli %2, %d : i64
  llvm.store %0, %p : i64, !llvm.ptr
  return
}
