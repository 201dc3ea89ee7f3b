// RUN: net-opt %s --net-to-loops | FileCheck %s

// Along rows: four accumulators a lane, in pairs, then halves of lanes.
// CHECK-LABEL: func.func private @rows.kernel_0
// CHECK:       scf.for {{.*}} iter_args(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK:       vector.shuffle {{.*}} [8, 9, 10, 11, 12, 13, 14, 15]
// CHECK:       llvm.store {{.*}} : f32
func.func @rows(%x: tensor<64x512xf32>) -> tensor<64xf32> {
  %y = net.sum %x over [1] : (tensor<64x512xf32>) -> tensor<64xf32>
  func.return %y : tensor<64xf32>
}

// Down columns: lanes run over the columns, four vectors of them at once.
// CHECK-LABEL: func.func private @columns.kernel_0
// CHECK:       scf.for
// CHECK:         scf.for {{.*}} iter_args(%{{.*}}, %{{.*}}, %{{.*}}, %{{.*}}) -> (vector<16xf32>, vector<16xf32>, vector<16xf32>, vector<16xf32>)
// CHECK-NOT:     shuffle
// CHECK:       return
func.func @columns(%x: tensor<16x512xf32>) -> tensor<512xf32> {
  %y = net.sum %x over [0] : (tensor<16x512xf32>) -> tensor<512xf32>
  func.return %y : tensor<512xf32>
}

// Few results of much: parts of fixed size, then their partial results in order.
// CHECK-LABEL: func.func private @long.kernel_0(
// CHECK-LABEL: func.func private @long.kernel_0.1(
// CHECK-LABEL: func.func @long(
// CHECK:       call @long.kernel_0(
// CHECK:       call @netrt_barrier
// CHECK:       call @long.kernel_0.1(
func.func @long(%x: tensor<1000000xf32>) -> tensor<f32> {
  %y = net.sum %x over [0] : (tensor<1000000xf32>) -> tensor<f32>
  func.return %y : tensor<f32>
}

// Statistics of a row are computed once a row, inside the map that needs them.
// CHECK-LABEL: func.func private @softmax.kernel_0
// CHECK:       scf.for
// CHECK:         scf.for {{.*}} iter_args
// CHECK:         vector.shuffle
// CHECK:         scf.for
// CHECK:           llvm.store {{.*}} : vector<16xf32>
// CHECK-NOT:   func.func private @softmax.kernel_1
// CHECK-LABEL: func.func @softmax(
func.func @softmax(%x: tensor<64x64xf32>) -> tensor<64x64xf32> {
  %y = net.kernel : tensor<64x64xf32> {
    %l = net.logsumexp %x over [1] : (tensor<64x64xf32>) -> tensor<64xf32>
    %b = net.broadcast %l to [0] : tensor<64xf32> -> tensor<64x64xf32>
    %d = net.sub %x, %b : tensor<64x64xf32>
    %e = net.exp %d : tensor<64x64xf32>
    net.yield %e : tensor<64x64xf32>
  }
  func.return %y : tensor<64x64xf32>
}
