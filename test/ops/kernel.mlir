// RUN: net-opt %s --split-input-file --verify-diagnostics | net-opt --split-input-file | FileCheck %s

// net.kernel: operations that become one loop nest. net.yield: what comes out of a region.

// CHECK-LABEL: @chain(
// CHECK: net.kernel : tensor<?xf32, #net.sizes<[B]>> {
// CHECK:   %[[S:.*]] = net.sin
// CHECK:   net.yield %[[S]] : tensor<?xf32, #net.sizes<[B]>>
func.func @chain(%x: tensor<?xf32, #net.sizes<[B]>>) -> tensor<?xf32, #net.sizes<[B]>> {
  %y = net.kernel : tensor<?xf32, #net.sizes<[B]>> {
    %n = net.neg %x : tensor<?xf32, #net.sizes<[B]>>
    %s = net.sin %n : tensor<?xf32, #net.sizes<[B]>>
    net.yield %s : tensor<?xf32, #net.sizes<[B]>>
  }
  return %y : tensor<?xf32, #net.sizes<[B]>>
}

// -----

func.func @wrong(%x: tensor<3xf32>) {
  // expected-error @+1 {{'net.kernel' op gives 'tensor<3xf32>', its region yields 'tensor<3xf32>', 'tensor<3xf32>'}}
  %y = net.kernel : tensor<3xf32> {
    net.yield %x, %x : tensor<3xf32>, tensor<3xf32>
  }
  return
}

// -----

func.func @wrong(%x: tensor<3xf32>) {
  // expected-error @+1 {{'net.kernel' op has a region with arguments}}
  "net.kernel"() ({
  ^bb0(%a: tensor<3xf32>):
    net.yield
  }) : () -> ()
  return
}
