package peer;

import java.nio.file.Path;
import java.util.Map;
import javax.imageio.ImageIO;
import org.ofdrw.converter.ImageMaker;
import org.ofdrw.reader.OFDReader;

/** A page as ofdrw's converter draws it, seals and all, whether they verify or not. */
final class Drawing {
    private Drawing() {}

    static Map<String, String> draw(Job job) throws Exception {
        System.setProperty("java.awt.headless", "true");
        Path out = job.path("out");
        try (OFDReader reader = new OFDReader(job.path("in"))) {
            ImageMaker maker = new ImageMaker(reader, Double.parseDouble(job.text("per-mm")));
            int page = Integer.parseInt(job.text("page"));
            ImageIO.write(maker.makePage(page - 1), "PNG", out.toFile());
            return Map.of("pages", String.valueOf(maker.pageSize()));
        }
    }
}
