// RUN: net-opt %s --net-to-loops | FileCheck %s

// A reshape that cuts rows where another operation needs it costs no division.
// CHECK-LABEL: func.func private @reshaped.kernel_0
// CHECK-NOT:   arith.div
// CHECK-NOT:   arith.rem
// CHECK-NOT:   gather
// CHECK:       return
func.func @reshaped(%x: tensor<?x28x32xf32, #net.sizes<[B, 28, 32]>>, %b: tensor<32xf32>) -> tensor<?x896xf32, #net.sizes<[B, 896]>> {
  %y = net.kernel : tensor<?x896xf32, #net.sizes<[B, 896]>> {
    %c = net.broadcast %b to [2] : tensor<32xf32> -> tensor<?x28x32xf32, #net.sizes<[B, 28, 32]>>
    %s = net.add %x, %c : tensor<?x28x32xf32, #net.sizes<[B, 28, 32]>>
    %r = net.reshape %s : tensor<?x28x32xf32, #net.sizes<[B, 28, 32]>> -> tensor<?x896xf32, #net.sizes<[B, 896]>>
    net.yield %r : tensor<?x896xf32, #net.sizes<[B, 896]>>
  }
  func.return %y : tensor<?x896xf32, #net.sizes<[B, 896]>>
}

// A pad reads nothing outside of its operand.
// CHECK-LABEL: func.func private @padded.kernel_0
// CHECK:       %[[INSIDE:.*]] = arith.cmpi ult, {{.*}} : vector<16xi32>
// CHECK:       %[[X:.*]] = llvm.intr.masked.load %{{.*}}, %[[INSIDE]]
// CHECK:       arith.select %[[INSIDE]], %[[X]]
func.func @padded(%x: tensor<8x30xf32>) -> tensor<8x32xf32> {
  %zero = net.constant dense<0.0> : tensor<f32>
  %y = net.pad %x with %zero from <[0, 1]> by [0, 0] : (tensor<8x30xf32>, tensor<f32>) -> tensor<8x32xf32>
  func.return %y : tensor<8x32xf32>
}

// Tables known at compile time lie in read-only memory.
// CHECK: llvm.mlir.global private constant @{{.*}}table_0(dense<[3, 1, 2]>
// CHECK-LABEL: func.func private @table.kernel_0
// CHECK: llvm.mlir.addressof
func.func @table(%x: tensor<3xi32>) -> tensor<3xi32> {
  %c = net.constant dense<[3, 1, 2]> : tensor<3xi32>
  %y = net.add %x, %c : tensor<3xi32>
  func.return %y : tensor<3xi32>
}
