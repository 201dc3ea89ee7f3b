// RUN: net-opt %s --net-to-loops | FileCheck %s

// Rows stay with their thread: no barrier between maps over the same rows, one before columns are summed. The arena holds
// one array of half a megabyte, and partial sums.
// CHECK-LABEL: func.func @barriers.arena(
// CHECK:       arith.constant 557056 : i64
// CHECK-LABEL: func.func @barriers(
// CHECK:       call @barriers.kernel_0
// CHECK-NOT:   call @netrt_barrier
// CHECK:       call @barriers.kernel_1
// CHECK:       call @netrt_barrier
// CHECK:       call @barriers.kernel_2
func.func @barriers(%x: tensor<512x256xf32>) -> (tensor<512x256xf32>, tensor<256xf32>) {
  %a = net.exp %x : tensor<512x256xf32>
  %b = net.mul %a, %x : tensor<512x256xf32>
  %s = net.sum %a over [0] : (tensor<512x256xf32>) -> tensor<256xf32>
  func.return %b, %s : tensor<512x256xf32>, tensor<256xf32>
}

// A variable that nobody reads any more is overwritten in place: updates move behind the readers of the old value. Where
// the new value is needed before, it is copied at the end.
// CHECK-LABEL: func.func @inplace.arena(
// CHECK:       arith.constant 0 : i64
// CHECK-LABEL: func.func @inplace(
// CHECK-NOT:   memcpy
// CHECK:       return
func.func @inplace(%w: tensor<100xf32> {net.var = "w"}, %g: tensor<100xf32>) -> (tensor<100xf32> {net.var = "w"}) {
  %y = net.sub %w, %g : tensor<100xf32>
  func.return %y : tensor<100xf32>
}
// CHECK-LABEL: func.func @moved(
// CHECK:       call @moved.kernel_0
// CHECK:       call @moved.kernel_1
// CHECK-NOT:   memcpy
// CHECK:       return
func.func @moved(%w: tensor<100xf32> {net.var = "w"}, %g: tensor<100xf32>) -> (tensor<100xf32> {net.var = "w"}, tensor<100xf32>) {
  %y = net.sub %w, %g : tensor<100xf32>
  %r = net.reverse %w over [0] : tensor<100xf32>
  %z = net.mul %r, %g : tensor<100xf32>
  func.return %y, %z : tensor<100xf32>, tensor<100xf32>
}
// CHECK-LABEL: func.func @copied(
// CHECK:       call @copied.kernel_0
// CHECK:       call @copied.kernel_1
// CHECK:       "llvm.intr.memcpy"
func.func @copied(%w: tensor<100xf32> {net.var = "w"}, %g: tensor<100xf32>) -> (tensor<100xf32> {net.var = "w"}, tensor<100xf32>) {
  %y = net.sub %w, %g : tensor<100xf32>
  %r = net.reverse %w over [0] : tensor<100xf32>
  %z = net.mul %r, %y : tensor<100xf32>
  func.return %y, %z : tensor<100xf32>, tensor<100xf32>
}

// Blocks of the batch are packed in units of it: one plan for every batch.
// CHECK-LABEL: func.func @dynamic.arena(
// CHECK:       %[[B:.*]] = llvm.load
// CHECK:       arith.muli %{{.*}}, %[[B]]
func.func @dynamic(%x: tensor<?x16xf32, #net.sizes<[B, 16]>>) -> tensor<?x16xf32, #net.sizes<[B, 16]>> {
  %a = net.exp %x : tensor<?x16xf32, #net.sizes<[B, 16]>>
  %r = net.reverse %a over [0] : tensor<?x16xf32, #net.sizes<[B, 16]>>
  %z = net.mul %r, %x : tensor<?x16xf32, #net.sizes<[B, 16]>>
  func.return %z : tensor<?x16xf32, #net.sizes<[B, 16]>>
}

// A failed check is seen before the variable is written; what is out of range is never an address.
// CHECK-LABEL: func.func private @checked.kernel_0
// CHECK:       %[[OK:.*]] = arith.cmpi ult
// CHECK:       scf.if
// CHECK:         llvm.atomicrmw umax
// CHECK:       arith.select %[[OK]]
// CHECK-LABEL: func.func @checked(
// CHECK:       call @checked.kernel_0
// CHECK:       call @netrt_barrier
// CHECK:       %[[CODE:.*]] = llvm.load {{.*}} -> i32
// CHECK:       cf.cond_br
// CHECK:       return %[[CODE]]
// CHECK:       call @checked.kernel_2
func.func @checked(%e: tensor<10x4xf32> {net.var = "e"}, %i: tensor<?xi32, #net.sizes<[B]>>) -> (tensor<10x4xf32> {net.var = "e"}) {
  %c = net.checked %i below "10" else "index out of range" : tensor<?xi32, #net.sizes<[B]>>
  %r = net.take %e at %c over 0 : (tensor<10x4xf32>, tensor<?xi32, #net.sizes<[B]>>) -> tensor<?x4xf32, #net.sizes<[B, 4]>>
  %y = net.scatter_add %e at %c with %r over 0 : tensor<10x4xf32>, tensor<?xi32, #net.sizes<[B]>>, tensor<?x4xf32, #net.sizes<[B, 4]>>
  func.return %y : tensor<10x4xf32>
}

// Parts are computed where the whole is to lie, parts of a part too: one block of 16 bytes, of which the first two places are
// the first part's parts.
// CHECK-LABEL: func.func @stacks.arena(
// CHECK:       arith.constant 64 : i64
// CHECK-LABEL: func.func @stacks(
// CHECK:       %[[FIRST:.*]] = llvm.getelementptr inbounds %arg2[%c0_i64]
// CHECK:       call @stacks.kernel_0(%{{.*}}, %[[FIRST]],
// CHECK:       %[[SECOND:.*]] = llvm.getelementptr inbounds %arg2[%c4_i64]
// CHECK:       call @stacks.kernel_1(%{{.*}}, %[[SECOND]],
// CHECK:       %[[PART:.*]] = llvm.getelementptr inbounds %arg2[%c0_i64]
// CHECK:       %[[REST:.*]] = llvm.getelementptr inbounds %arg2[%c8_i64]
// CHECK:       call @stacks.kernel_3(%[[PART]], %[[REST]],
// CHECK:       %[[WHOLE:.*]] = llvm.getelementptr inbounds %arg2[%c0_i64]
// CHECK:       call @stacks.kernel_5(%[[WHOLE]],
func.func @stacks(%x: tensor<1xf32>) -> tensor<4xf32> {
  %a = net.tanh %x : tensor<1xf32>
  %b = net.mul %a, %a : tensor<1xf32>
  %c = net.concat %a, %b over 0 : (tensor<1xf32>, tensor<1xf32>) -> tensor<2xf32>
  %d = net.mul %c, %c : tensor<2xf32>
  %e = net.concat %c, %d over 0 : (tensor<2xf32>, tensor<2xf32>) -> tensor<4xf32>
  %y = net.mul %e, %e : tensor<4xf32>
  func.return %y : tensor<4xf32>
}

// A variable is not written before all indices are checked, whatever is computed first.
// CHECK-LABEL: func.func @behind(
// CHECK:       call @behind.kernel_0
// CHECK:       call @behind.kernel_1
// CHECK:       cf.cond_br
// CHECK:       memcpy
// CHECK:       memcpy
func.func @behind(%w: tensor<8xf32> {net.var = "w"}, %n: tensor<8xf32> {net.var = "n"}, %i: tensor<8xi32>, %x: tensor<8xf32>)
    -> (tensor<8xf32> {net.var = "w"}, tensor<8xf32> {net.var = "n"}) {
  %m = net.add %n, %x : tensor<8xf32>
  %y = net.kernel : tensor<8xf32> {
    %c = net.checked %i below "8" else "index out of range" : tensor<8xi32>
    %r = net.take %x at %c over 0 : (tensor<8xf32>, tensor<8xi32>) -> tensor<8xf32>
    %s = net.add %w, %r : tensor<8xf32>
    net.yield %s : tensor<8xf32>
  }
  func.return %y, %m : tensor<8xf32>, tensor<8xf32>
}
