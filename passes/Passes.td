//===- Passes.td - passes on the net dialect ---------------*- tablegen -*-===//
//
// Part of netc, under the Apache License v2.0 with LLVM Exceptions.
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
//===----------------------------------------------------------------------===//
#ifndef NETC_PASSES_PASSES
#define NETC_PASSES_PASSES

include "mlir/Pass/PassBase.td"

class NetPass<string record, string flag, string op> : Pass<flag, op> {
  let dependentDialects = ["::net::NetDialect"];
}

def Inline : NetPass<"Inline", "net-inline", "::mlir::ModuleOp"> {
  let summary = "replace every call by the layer's body";
  let description = [{
    Needs: private functions of one block, called by `net.call`, without recursion.
    Guarantees: no `net.call` and no private function is left; each operation that came out of a layer has a callsite
    location, whose caller carries the instance's path as a name.
    Cost: linear in the size of the result.

    ```mlir
    func.func private @double(%x: tensor<f32>) -> tensor<f32> {
      %y = net.add %x, %x : tensor<f32>
      return %y : tensor<f32>
    }
    %y = net.call @double(%a) {path = "double_1"} : (tensor<f32>) -> tensor<f32>
    // becomes
    %y = net.add %a, %a : tensor<f32>
    ```
  }];
}

def Grad : Pass<"net-grad"> {
  let summary = "replace gradients by the operations that compute them";
  let description = [{
    Needs: regions of `net.grad` whose operations between the wanted values and the loss are differentiable. Run on a module; or on a
    function that calls nothing.
    Guarantees: no `net.grad` and no `net.tap` is left. Only values that a wanted value and the loss connect have a cotangent; several
    contributions to one are added in the order of their uses from the last to the first. Created operations have
    the location of the one they differentiate. A function that is called becomes `f.forward`, which gives what f does and the values
    that its derivative reads, and `f.adjoint`, from cotangents of its results to those of its arguments; both are made once for all
    calls that want the same cotangents. A gradient of a gradient that does not depend on a wanted value any more is zero there.
    Cost: linear in the regions and the functions they call.

    ```mlir
    %g, %loss = net.grad %w : (tensor<f32>) -> (tensor<f32>, tensor<f32>) {
    ^bb0(%v: tensor<f32>):
      %l = net.sin %v : tensor<f32>
      net.yield %l : tensor<f32>
    }
    // becomes
    %loss = net.sin %w : tensor<f32>
    %one = net.constant dense<1.0> : tensor<f32>
    %c = net.cos %w : tensor<f32>
    %g = net.mul %one, %c : tensor<f32>
    ```
  }];
  let dependentDialects = ["::net::NetDialect"];
  let options = [Option<"keepCustomVjp", "keep-custom-vjp", "bool", "false", "leave functions with derivatives of their own as they are">];
}

def Simplify : NetPass<"Simplify", "net-simplify", "::mlir::func::FuncOp"> {
  let summary = "algebra, constants, and products found in sums";
  let description = [{
    Needs: nothing. Guarantees: the same function; the same bits, but for the rewrites that are marked "changes a formula"
    in their comments, which are decided by graph and sizes alone. NaN and infinity are kept: `0 * x` stays.
    Cost: a few sweeps over the function.

    ```mlir
    %1 = net.constant dense<1.0> : tensor<f32>
    %o = net.broadcast %1 to [] : tensor<f32> -> tensor<8xf32>
    %y = net.mul %x, %o : tensor<8xf32>      // becomes %x
    ```
  }];
}

def CheckSizes : NetPass<"CheckSizes", "net-check-sizes", "::mlir::func::FuncOp"> {
  let summary = "what the run-time sizes of an entry must be";
  let description = [{
    Needs: an entry without calls and gradients, before what it does is simplified. Guarantees: it is as it was; its attribute
    `net.size_checks` lists what must not be negative that named sizes may make so, each with what to say and the line: how far slices and
    parts are from the end of their axis, how many windows fit, what an axis has of which a position is asked (`argmax`), sizes of results. The runtime evaluates them before it calls the entry. Cost: linear.

    ```mlir
    func.func @f(%x: tensor<?xf32, #net.sizes<[B]>>) -> tensor<3xf32> {
      %y = net.slice %x from <[0]> by [1] : tensor<?xf32, #net.sizes<[B]>> -> tensor<3xf32>
      return %y : tensor<3xf32>
    }
    // net.size_checks of f: size = "B - 3", text = "the part 0:3 is outside of an axis of size B"
    ```
  }];
}

def CheckNan : NetPass<"CheckNan", "net-check-nan", "::mlir::func::FuncOp"> {
  let summary = "each value of an entry says whether it is finite";
  let description = [{
    Needs: an entry without calls and gradients. Guarantees: its results are the same, bit by bit; behind them stands, for each real
    value that it computes, a row f64[..]: turns of the scans around it, how many numbers it has, how many are NaN, how many not
    finite, the least and the largest of the others, and, in scans, the same of each real operand. `net.checks` says what the rows are about.
    Cost: each value passes through memory and is read again, by kernels that are alike for values of one size and therefore
    compiled once (fused with what makes the values, they took most of the compiler's time). For `netc --check-nan` alone.

    ```mlir
    %y = net.log %x : tensor<4xf32>
    return %y : tensor<4xf32>
    // becomes
    %y = net.log %x : tensor<4xf32>
    return %y, %of_x, %of_y : tensor<4xf32>, tensor<5xf64>, tensor<5xf64>
    ```
  }];
}

def SimplifyScan : NetPass<"SimplifyScan", "net-simplify-scan", "::mlir::func::FuncOp"> {
  let summary = "out of the turns of scans what can be done for all of them at once";
  let description = [{
    Needs: no gradients; operations without copies (CSE).
    Guarantees: the same function. Kept values, sequences and carries of a scan are read by somebody, each stands once, and carries change;
    where a carry is kept and its last value alone is read, that is the carry's; what the first turn alone adds to a carry is added before. Scans that run through equal carries are one.
    What does not depend on the turn stands before the scan, unless a check in the turn decides whether it is computed. These change a
    formula, by graph and sizes alone:
    a product of what elements alone determine with a value from above is one product over all turns, before the scan; one that is only kept,
    behind it; a product or sum that is only added up in a carry is one over all turns behind the scan, if what has to be kept for it is no
    more than four times the carry, or than the elements that a turn reads; a product with a concatenation is a sum of two, if only one part comes from elements alone; alike
    products of one operand are one with a stack of the others, sums of products with values from above are one with two stacks, so that the
    gates of a recurrent layer are one product in a turn, and one in a turn backwards. A scan of which all carries and kept values stay
    once a carry is true (`stop when`) ends there (`until`).
    Cost: a few sweeps over each scan.

    ```mlir
    %hs, %h = net.scan %x with %h0 : ... {
    ^bb0(%x_t: tensor<32x8xf32>, %h: tensor<32x8xf32>):
      %a = net.einsum "bi,ij->bj" %x_t, %w : ...
      %b = net.einsum "bi,ij->bj" %h, %u : ...
      ...
    // becomes
    %a = net.einsum "tbi,ij->tbj" %x, %w : ...
    %hs, %h = net.scan %a with %h0 : ... {
    ^bb0(%a_t: tensor<32x8xf32>, %h: tensor<32x8xf32>):
      %b = net.einsum "bi,ij->bj" %h, %u : ...
    ```
  }];
}

def RecomputeTurns : NetPass<"RecomputeTurns", "net-recompute-turns", "::mlir::func::FuncOp"> {
  let summary = "scans run again on the way back, instead of keeping their turns' values";
  let description = [{
    Needs: an entry without calls and gradients, behind `net-simplify-scan`.
    Guarantees: the same function and the same bits: what is computed again are the same operations of the same shapes. Of the
    scans whose kept values are read by scans along the same turns alone, `scans` do not keep them any more; those that save most bytes
    come first, one inside of another behind it. Each reader computes them in its own turn from elements, carries (which are kept instead) and
    what is kept for others. `net.recomputed` of the entry says what is no longer kept.
    Cost: a sweep over all scans for each; when the program runs, one more pass over the turns.

    ```mlir
    %ys, %h = net.scan %x with %h0 : ... {          // keeps [T, ..]
      ... net.yield %y, %next
    }
    net.scan %ys, .. reverse { ^bb0(%y, ..): ... }
    // becomes
    %hs, %h = net.scan %x with %h0 : ... { ^bb0(%x_t, %h_t): ... net.yield %h_t, %next }
    net.scan %x, %hs, .. reverse {
    ^bb0(%x_t, %h_t, ..):
      ... %y, from %x_t and %h_t
    }
    ```
  }];
  let options = [Option<"scans", "scans", "unsigned", "0", "how many scans run again">];
}

def Fuse : NetPass<"Fuse", "net-fuse", "::mlir::func::FuncOp"> {
  let summary = "group operations into kernels, by bytes moved";
  let description = [{
    Needs: one block, no calls, no gradients.
    Guarantees: every operation that computes something stands in a `net.kernel`, which holds at most one kind of root
    (reductions of one domain, one product or convolution, one scatter). What a kernel yields has the number of elements
    of the root's result. No operation but index transforms, constants and scalars of the entry is computed twice.
    Cost: quadratic in the number of groups at worst.

    ```mlir
    %p = net.einsum "ij,jk->ik" %x, %w : ...
    %b = net.broadcast %bias to [1] : ...
    %y = net.add %p, %b : ...
    // becomes
    %y = net.kernel : tensor<8x4xf32> {
      %p = net.einsum "ij,jk->ik" %x, %w : ...
      %b = net.broadcast %bias to [1] : ...
      %y = net.add %p, %b : ...
      net.yield %y : tensor<8x4xf32>
    }
    ```
  }];
  let options = [
    Option<"whyNotFused", "why-not-fused", "bool", "false", "a remark at each value that passes through memory, with the reason">,
  ];
}

def RecomputeKernels : NetPass<"RecomputeKernels", "net-recompute-kernels", "::mlir::func::FuncOp"> {
  let summary = "kernels run again where their results are read late, until a budget is met";
  let description = [{
    Needs: an entry behind `net-fuse`.
    Guarantees: the same function and the same bits: kernels, or parts of them, run once more, right before the first of their late
    readers. Where most bytes live, by an estimate at the declared batch, what is read behind is the result of a minimal cut: bytes that are kept
    against operations that run again, at a price for these that falls until the estimate is no more than `budget`. `net.recomputed` of the
    entry says what is no longer kept.
    Cost: a few dozen cuts, each about linear in the entry; when the program runs, what the budget asks for.

    ```mlir
    %a = net.kernel : tensor<8x4xf32> { ... exp %x ... }
    %b = net.kernel : ... { ... %a ... }
    %c = net.kernel : ... { ... %a, %b ... }       // long after
    // becomes
    %a = net.kernel : tensor<8x4xf32> { ... exp %x ... }
    %b = net.kernel : ... { ... %a ... }
    %again = net.kernel : tensor<8x4xf32> { ... exp %x ... }
    %c = net.kernel : ... { ... %again, %b ... }
    ```
  }];
  let options = [
    Option<"budget", "budget", "int64_t", "0", "bytes that may live at one time">,
    Option<"moveUpdates", "move-updates", "bool", "true", "updates of variables run as soon as their gradients are known, if the estimate is above the budget">,
  ];
}

#endif
