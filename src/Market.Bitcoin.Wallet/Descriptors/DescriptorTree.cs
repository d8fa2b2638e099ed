namespace Market.Bitcoin.Wallet;

/// <summary>A taproot descriptor's tree.</summary>
/// <param name="Leaf">The leaf's miniscript; null for a branch.</param>
/// <param name="Left">A branch's left side.</param>
/// <param name="Right">A branch's right side.</param>
internal sealed record DescriptorTree(Miniscript? Leaf, DescriptorTree? Left = null, DescriptorTree? Right = null)
{
    public TapTree Build(Func<Miniscript, Miniscript> derive) => Leaf is not null
        ? TapTree.Leaf(derive(Leaf).ToScript())
        : TapTree.Branch(Left!.Build(derive), Right!.Build(derive));

    public IEnumerable<Miniscript> Leaves() => Leaf is not null ? [Leaf] : Left!.Leaves().Concat(Right!.Leaves());
}
