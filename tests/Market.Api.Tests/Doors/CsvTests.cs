using System.Text;
using Market.Api.Doors;
using Market.Contracts;
using Microsoft.AspNetCore.Http;

namespace Market.Api.Tests.Doors;

/// <summary>Tables as CSV.</summary>
public sealed class CsvTests
{
    [Fact]
    public void Numbers_times_and_amounts_are_whole_and_nothing_is_a_cell_of_its_own()
    {
        var time = new DateTimeOffset(2026, 3, 14, 16, 9, 26, TimeSpan.FromHours(1));
        var table = new Csv("a", "b").Row(-0.1, null).Row(time, -7).Row(new Price(98_120), new Quantity(250_000_000))
            .Row(new Sats(5), CandleInterval.FiveMinutes).Row(1e-300, 12_345_678.9);
        Assert.Equal(
            "a,b\r\n-0.1,\r\n2026-03-14T15:09:26.000Z,-7\r\n98120,250000000\r\n5,fiveMinutes\r\n1E-300,12345678.9\r\n",
            TextOf(table));
    }

    [Theory]
    [InlineData("plain", "plain")]
    [InlineData("", "")]
    [InlineData("a,b", "\"a,b\"")]
    [InlineData("say \"so\"", "\"say \"\"so\"\"\"")]
    [InlineData("two\r\nlines", "\"two\r\nlines\"")]
    [InlineData("=1+1", "'=1+1")]
    [InlineData("+1", "'+1")]
    [InlineData("-1", "'-1")]
    [InlineData("@SUM(A1)", "'@SUM(A1)")]
    [InlineData("\t=1", "'\t=1")]
    [InlineData("\r=1", "\"'\r=1\"")]
    [InlineData("\n=1", "\"'\n=1\"")]
    [InlineData("=HYPERLINK(\"a\",\"b\")", "\"'=HYPERLINK(\"\"a\"\",\"\"b\"\")\"")]
    public void Text_is_quoted_and_is_never_a_formula(string text, string cell) =>
        Assert.Equal($"a\r\n{cell}\r\n", TextOf(new Csv("a").Row(text)));

    [Fact]
    public void A_row_has_as_many_cells_as_there_are_columns_and_only_what_has_a_text()
    {
        Assert.Throws<ArgumentOutOfRangeException>(() => new Csv("a", "b").Row("one"));
        Assert.Throws<ArgumentException>(() => new Csv("a").Row(new object()));
    }

    [Theory]
    [InlineData("", "", false)]
    [InlineData("", "text/csv", true)]
    [InlineData("", "TEXT/CSV;q=0.5, */*;q=0.1", true)]
    [InlineData("", "application/json, text/csv;q=0.9", false)]
    [InlineData("", "text/csv;q=0", false)]
    [InlineData("", "nonsense, , ;;", false)]
    [InlineData("?format=csv", "application/json", true)]
    [InlineData("?format=json", "text/csv", false)]
    [InlineData("?format=xml", "text/csv", null)]
    public void The_parameter_goes_before_the_header(string query, string accept, bool? isCsv)
    {
        var context = new DefaultHttpContext();
        context.Request.QueryString = new QueryString(query);
        context.Request.Headers.Accept = accept;
        Assert.Equal(isCsv, Csv.IsAskedBy(context.Request));
    }

    private static string TextOf(Csv table) => Encoding.UTF8.GetString(table.ToBytes());
}
