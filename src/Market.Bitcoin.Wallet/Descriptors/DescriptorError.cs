namespace Market.Bitcoin.Wallet;

/// <summary>Why text is no descriptor.</summary>
public enum DescriptorError
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>Longer than 20,000 characters, or has a character that none may have.</summary>
    Malformed,

    /// <summary>The checksum behind "#" is wrong or, where it is required, missing.</summary>
    Checksum,

    /// <summary>An output of a kind that is not known here.</summary>
    Kind,

    /// <summary>A key is none, is of another network, or is secret.</summary>
    Key,

    /// <summary>A script is no miniscript, or not a sane one.</summary>
    Script,
}
