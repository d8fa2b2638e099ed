using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Market.Bitcoin.Wallet;

/// <summary>A path of BIP32 child numbers from a master key, such as m/84'/1'/0'/0/5.</summary>
/// <param name="Indexes">Child numbers; hardened ones have the top bit set.</param>
public sealed record KeyPath(ImmutableArray<uint> Indexes)
{
    /// <summary>The bit that makes a child number hardened.</summary>
    public const uint Hardened = 0x80000000;

    private const int MaxDepth = 255;

    /// <summary>Child numbers; hardened ones have the top bit set.</summary>
    public ImmutableArray<uint> Indexes { get; } = Indexes.IsDefault ? [] : Indexes;

    /// <summary>The master key itself.</summary>
    public static KeyPath Master { get; } = new([]);

    /// <summary>The path one step further.</summary>
    /// <param name="index">Below 2^31.</param>
    /// <param name="hardened">True for a hardened step.</param>
    public KeyPath Child(uint index, bool hardened = false)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Hardened);
        return new KeyPath(Indexes.Add(hardened ? index | Hardened : index));
    }

    /// <summary>Reads "m/84'/1h/0": with or without "m", hardened steps marked by ' or h (BIP380 refuses H).</summary>
    public static bool TryParse(string? text, [NotNullWhen(true)] out KeyPath? path)
    {
        path = null;
        if (text is null || text.Length > MaxDepth * 12)
        {
            return false;
        }

        var parts = text.Split('/');
        var indexes = ImmutableArray.CreateBuilder<uint>(parts.Length);
        for (var i = 0; i < parts.Length; i++)
        {
            if (i == 0 && parts[i] == "m")
            {
                continue;
            }

            var hardened = parts[i] is [.., '\'' or 'h'];
            var digits = hardened ? parts[i].AsSpan(..^1) : parts[i];
            if (!uint.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index)
                || index >= Hardened)
            {
                return false;
            }

            indexes.Add(hardened ? index | Hardened : index);
        }

        if (indexes.Count > MaxDepth)
        {
            return false;
        }

        path = new KeyPath(indexes.ToImmutable());
        return true;
    }

    /// <summary>Reads a path as <see cref="TryParse"/> does.</summary>
    /// <exception cref="FormatException">The text is something else.</exception>
    public static KeyPath Parse(string text) =>
        TryParse(text, out var path) ? path : throw new FormatException("Not a key path such as m/84'/1'/0'/0/5.");

    /// <inheritdoc/>
    public bool Equals(KeyPath? other) => other is not null && Indexes.SequenceEqual(other.Indexes);

    /// <inheritdoc/>
    public override int GetHashCode()
    {
        var hash = default(HashCode);
        foreach (var index in Indexes)
        {
            hash.Add(index);
        }

        return hash.ToHashCode();
    }

    /// <summary>"m/84'/1'/0'/0/5".</summary>
    public override string ToString() => string.Concat(Indexes.Select(index => index >= Hardened
        ? string.Create(CultureInfo.InvariantCulture, $"/{index - Hardened}'")
        : string.Create(CultureInfo.InvariantCulture, $"/{index}")).Prepend("m"));
}
