namespace Market.Bitcoin.Wallet;

/// <summary>Which output a descriptor makes.</summary>
public enum DescriptorKind
{
    /// <summary>pkh(key).</summary>
    Pkh,

    /// <summary>wpkh(key).</summary>
    Wpkh,

    /// <summary>sh(wpkh(key)).</summary>
    ShWpkh,

    /// <summary>wsh(miniscript).</summary>
    Wsh,

    /// <summary>sh(wsh(miniscript)).</summary>
    ShWsh,

    /// <summary>tr(key) or tr(key,tree).</summary>
    Tr,
}
