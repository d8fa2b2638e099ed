namespace Market.Web;

/// <summary>How a figure of a share's worth is written.</summary>
public enum FigureKind
{
    /// <summary>A factor of d, or d.</summary>
    Factor,

    /// <summary>Satoshis per whole share, or for them.</summary>
    Sats,

    /// <summary>A part of a whole, or a yearly rate.</summary>
    Part,

    /// <summary>Hashes a second.</summary>
    Hashrate,

    /// <summary>A number of things.</summary>
    Count,

    /// <summary>Seconds.</summary>
    Span,
}
