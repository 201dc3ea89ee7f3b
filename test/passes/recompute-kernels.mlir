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

// RUN: net-opt --net-recompute-kernels=budget=200000 %s | FileCheck %s --check-prefix=SEGMENTS

// Each of eight values is read backwards: some are kept, and what lies between is computed again from these, the last first.
// SEGMENTS-LABEL: func.func @chain
// SEGMENTS-COUNT-8: net.sin
// SEGMENTS-COUNT-5: net.mul
// SEGMENTS-COUNT-3: net.sin
// SEGMENTS-NOT: net.sin
// SEGMENTS-COUNT-3: net.mul
// SEGMENTS: return
func.func @chain(%x: tensor<8192xf32>) -> tensor<8192xf32> {
  %a1 = net.kernel : tensor<8192xf32> {
    %0 = net.sin %x : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %a2 = net.kernel : tensor<8192xf32> {
    %0 = net.sin %a1 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %a3 = net.kernel : tensor<8192xf32> {
    %0 = net.sin %a2 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %a4 = net.kernel : tensor<8192xf32> {
    %0 = net.sin %a3 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %a5 = net.kernel : tensor<8192xf32> {
    %0 = net.sin %a4 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %a6 = net.kernel : tensor<8192xf32> {
    %0 = net.sin %a5 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %a7 = net.kernel : tensor<8192xf32> {
    %0 = net.sin %a6 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %a8 = net.kernel : tensor<8192xf32> {
    %0 = net.sin %a7 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %b8 = net.kernel : tensor<8192xf32> {
    %0 = net.mul %a8, %a8 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %b7 = net.kernel : tensor<8192xf32> {
    %0 = net.mul %b8, %a7 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %b6 = net.kernel : tensor<8192xf32> {
    %0 = net.mul %b7, %a6 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %b5 = net.kernel : tensor<8192xf32> {
    %0 = net.mul %b6, %a5 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %b4 = net.kernel : tensor<8192xf32> {
    %0 = net.mul %b5, %a4 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %b3 = net.kernel : tensor<8192xf32> {
    %0 = net.mul %b4, %a3 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %b2 = net.kernel : tensor<8192xf32> {
    %0 = net.mul %b3, %a2 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  %b1 = net.kernel : tensor<8192xf32> {
    %0 = net.mul %b2, %a1 : tensor<8192xf32>
    net.yield %0 : tensor<8192xf32>
  }
  return %b1 : tensor<8192xf32>
}
