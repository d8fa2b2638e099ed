using System.Collections.Immutable;

namespace Market.Bitcoin.Wallet;

/// <summary>Finds the smallest witness that nobody else can change (BIP379).</summary>
internal static class MiniscriptSatisfier
{
    private const int PreimageLength = 32;

    /// <summary>The items, first pushed first; null where the assets do not suffice, or others could change every witness that
    /// they allow.</summary>
    public static ImmutableArray<ReadOnlyMemory<byte>>? Satisfy(Miniscript m, MiniscriptAssets assets) =>
        Produce(m, assets).Satisfied is { IsMalleable: false } stack ? stack.Items : null;

    private static (Stack? Satisfied, Stack? Dissatisfied) Produce(Miniscript m, MiniscriptAssets assets)
    {
        switch (m.Fragment)
        {
            case MiniscriptFragment.False:
                return (null, Stack.Empty);
            case MiniscriptFragment.True:
                return (Stack.Empty, null);
            case MiniscriptFragment.PkK:
                return (SignatureOf(assets, m.Keys[0]), Stack.Nought);
            case MiniscriptFragment.PkH:
                ReadOnlyMemory<byte>? key = m.Keys[0].Bytes.IsEmpty ? assets.KeyOf(m.Keys[0].Hash) : m.Keys[0].Bytes;
                var push = key is { } bytes ? Stack.Of(bytes) : null;
                return (Join(SignatureOf(assets, m.Keys[0]), push), Join(Stack.Nought, push));
            case MiniscriptFragment.Older:
                return (assets.Older(m.Number) ? Stack.Empty : null, null);
            case MiniscriptFragment.After:
                return (assets.After(m.Number) ? Stack.Empty : null, null);
            case >= MiniscriptFragment.Sha256 and <= MiniscriptFragment.Hash160:
                return (PreimageOf(assets, m), Stack.Of(new byte[PreimageLength]).Malleable());
            case MiniscriptFragment.Multi:
                return ProduceMulti(m, assets);
            case MiniscriptFragment.MultiA:
                return ProduceMultiA(m, assets);
            case MiniscriptFragment.Thresh:
                return ProduceThresh(m, assets);
            default:
                return ProduceCombination(m.Fragment, [.. m.Subs.Select(sub => Produce(sub, assets))]);
        }
    }

    private static (Stack? Satisfied, Stack? Dissatisfied) ProduceCombination(
        MiniscriptFragment fragment, ReadOnlySpan<(Stack? Satisfied, Stack? Dissatisfied)> subs)
    {
        var x = subs[0];
        var y = subs.Length > 1 ? subs[1] : default;
        switch (fragment)
        {
            case MiniscriptFragment.AndV:
                return (Join(y.Satisfied, x.Satisfied), Join(y.Dissatisfied, x.Satisfied));
            case MiniscriptFragment.AndB:
                var one = Choose(
                    Join(y.Satisfied, x.Dissatisfied)?.Malleable(), Join(y.Dissatisfied, x.Satisfied)?.Malleable());
                return (Join(y.Satisfied, x.Satisfied), Choose(Join(y.Dissatisfied, x.Dissatisfied), one));
            case MiniscriptFragment.OrB:
                var either = Choose(Join(y.Dissatisfied, x.Satisfied), Join(y.Satisfied, x.Dissatisfied));
                return (
                    Choose(either, Join(y.Satisfied, x.Satisfied)?.Malleable()), Join(y.Dissatisfied, x.Dissatisfied));
            case MiniscriptFragment.OrC:
                return (Choose(x.Satisfied, Join(y.Satisfied, x.Dissatisfied)), null);
            case MiniscriptFragment.OrD:
                return (
                    Choose(x.Satisfied, Join(y.Satisfied, x.Dissatisfied)), Join(y.Dissatisfied, x.Dissatisfied));
            case MiniscriptFragment.OrI:
                return (
                    Choose(Join(x.Satisfied, Stack.One), Join(y.Satisfied, Stack.Nought)),
                    Choose(Join(x.Dissatisfied, Stack.One), Join(y.Dissatisfied, Stack.Nought)));
            case MiniscriptFragment.AndOr:
                var z = subs[2];
                return (
                    Choose(Join(y.Satisfied, x.Satisfied), Join(z.Satisfied, x.Dissatisfied)),
                    Choose(Join(y.Dissatisfied, x.Satisfied), Join(z.Dissatisfied, x.Dissatisfied)));
            case MiniscriptFragment.WrapD:
                return (Join(x.Satisfied, Stack.One), Stack.Nought);
            case MiniscriptFragment.WrapV:
                return (x.Satisfied, null);
            case MiniscriptFragment.WrapJ:
                return (
                    x.Satisfied, x.Dissatisfied is { HasSignature: false } ? Stack.Nought.Malleable() : Stack.Nought);
            default: // a: s: c: n:
                return x;
        }
    }

    private static (Stack? Satisfied, Stack? Dissatisfied) ProduceMulti(Miniscript m, MiniscriptAssets assets)
    {
        // Place i holds the best way of i signatures among the keys so far; below them the item that is one too many.
        var ways = new Stack?[m.Number + 1];
        ways[0] = Stack.Nought;
        foreach (var key in m.Keys)
        {
            var signature = SignatureOf(assets, key);
            for (var i = (int)m.Number; i > 0; i--)
            {
                ways[i] = Choose(ways[i], Join(ways[i - 1], signature));
            }
        }

        var none = Enumerable.Range(0, (int)m.Number).Aggregate(Stack.Nought, (stack, _) => Join(stack, Stack.Nought)!);
        return (ways[m.Number], none);
    }

    private static (Stack? Satisfied, Stack? Dissatisfied) ProduceMultiA(Miniscript m, MiniscriptAssets assets)
    {
        var ways = new Stack?[m.Number + 1];
        ways[0] = Stack.Empty;
        for (var at = m.Keys.Length - 1; at >= 0; at--)
        {
            var signature = SignatureOf(assets, m.Keys[at]);
            for (var i = (int)m.Number; i >= 0; i--)
            {
                var without = Join(ways[i], Stack.Nought);
                ways[i] = i == 0 ? without : Choose(without, Join(ways[i - 1], signature));
            }
        }

        var none = m.Keys.Aggregate(Stack.Empty, (stack, _) => Join(stack, Stack.Nought)!);
        return (ways[m.Number], none);
    }

    private static (Stack? Satisfied, Stack? Dissatisfied) ProduceThresh(Miniscript m, MiniscriptAssets assets)
    {
        var ways = new Stack?[m.Subs.Length + 1];
        ways[0] = Stack.Empty;
        for (var at = m.Subs.Length - 1; at >= 0; at--)
        {
            var sub = Produce(m.Subs[at], assets);
            for (var i = m.Subs.Length - at; i >= 0; i--)
            {
                var without = Join(ways[i], sub.Dissatisfied);
                ways[i] = i == 0 ? without : Choose(without, Join(ways[i - 1], sub.Satisfied));
            }
        }

        // All but none at all are ways that others could have chosen as well.
        Stack? dissatisfied = null;
        for (var i = 0; i < ways.Length; i++)
        {
            if (i != m.Number)
            {
                dissatisfied = Choose(dissatisfied, i == 0 ? ways[i] : ways[i]?.Malleable());
            }
        }

        return (ways[m.Number], dissatisfied);
    }

    private static Stack? PreimageOf(MiniscriptAssets assets, Miniscript m) =>
        assets.Preimage(m.Fragment, m.HashValue) is { Length: PreimageLength } known ? Stack.Of(known) : null;

    private static Stack? SignatureOf(MiniscriptAssets assets, MiniscriptKey key) =>
        assets.Signature(key) is { IsEmpty: false } signature ? Stack.Signed(signature) : null;

    private static Stack? Join(Stack? below, Stack? top) => below is null || top is null
        ? null
        : new Stack(
            [.. below.Items, .. top.Items],
            below.Size + top.Size,
            below.HasSignature || top.HasSignature,
            below.IsMalleable || top.IsMalleable);

    private static Stack? Choose(Stack? a, Stack? b)
    {
        if (a is null || b is null)
        {
            return a ?? b;
        }

        // Where one needs no signature anybody could put it in the other's place: it must be taken.
        if (a.HasSignature != b.HasSignature)
        {
            return a.HasSignature ? b : a;
        }

        if (!a.HasSignature)
        {
            (a, b) = (a.Malleable(), b.Malleable());
        }
        else if (a.IsMalleable != b.IsMalleable)
        {
            return a.IsMalleable ? b : a;
        }

        return b.Size < a.Size ? b : a;
    }

    private sealed record Stack(
        ImmutableArray<ReadOnlyMemory<byte>> Items, int Size, bool HasSignature, bool IsMalleable)
    {
        public static Stack Empty { get; } = new([], 0, false, false);

        public static Stack Nought { get; } = Of(default);

        public static Stack One { get; } = Of(new byte[] { 1 });

        public static Stack Of(ReadOnlyMemory<byte> item) => new([item], 1 + item.Length, false, false);

        public static Stack Signed(ReadOnlyMemory<byte> item) => new([item], 1 + item.Length, true, false);

        public Stack Malleable() => this with { IsMalleable = true };
    }
}
