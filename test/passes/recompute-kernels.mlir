// RUN: net-opt --net-recompute-kernels=budget=70000 %s | FileCheck %s
// RUN: net-opt --net-recompute-kernels=budget=200000 %s | FileCheck %s --check-prefix=FITS

// `exp` is kept for the last kernel while the one in the middle needs memory: it is computed again, right before it is read.
// CHECK-LABEL: func.func @late
// CHECK-SAME: net.recomputed
// CHECK: net.exp
// CHECK: net.sin
// CHECK: net.cos
// CHECK: %[[AGAIN:.*]] = net.kernel
// CHECK-NEXT: net.exp
// CHECK: net.add %{{.*}}, %[[AGAIN]]
// FITS-LABEL: func.func @late
// FITS-NOT: net.recomputed
// FITS: net.exp
// FITS-NOT: net.exp
// FITS: return
func.func @late(%x: tensor<8192xf32>) -> tensor<8192xf32> {
  %a = net.kernel : tensor<8192xf32> {
    %0 = net.exp %x : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %b = net.kernel : tensor<8192xf32> {
    %0 = net.sin %a : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %c = net.kernel : tensor<8192xf32> {
    %0 = net.cos %b : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %d = net.kernel : tensor<8192xf32> {
    %0 = net.add %c, %a : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  return %d : tensor<8192xf32>
}
