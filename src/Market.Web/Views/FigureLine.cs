namespace Market.Web;

/// <summary>How a figure is drawn.</summary>
/// <param name="Tint">The style sheet's colour, without its dashes.</param>
/// <param name="Dash">"solid", "dashed", "dotted" or "long" dashes: lines are told apart without colours, too.</param>
/// <param name="Width">Pixels.</param>
public sealed record FigureLine(string Tint, string Dash, int Width = 1);
